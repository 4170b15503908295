import { type ComponentProps, type ReactNode, useId } from "react";

import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { NativeSelect } from "@/components/ui/native-select";
import { Textarea } from "@/components/ui/textarea";

interface Named {
  label: string;
  /** A sentence below it. */
  hint?: ReactNode;
}

/** An input with its label. */
export function InputField({ label, hint, ...props }: ComponentProps<typeof Input> & Named) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <Input id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...props} />
    </Labelled>
  );
}

/** Several lines with their label. */
export function TextareaField({ label, hint, ...props }: ComponentProps<typeof Textarea> & Named) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <Textarea id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...props} />
    </Labelled>
  );
}

/** A choice with its label. */
export function SelectField({ label, hint, ...props }: ComponentProps<typeof NativeSelect> & Named) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <NativeSelect id={id} aria-describedby={hint ? `${id}-hint` : undefined} {...props} />
    </Labelled>
  );
}

function Labelled({ id, label, hint, children }: Named & { id: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <Label htmlFor={id}>{label}</Label>
      {children}
      {hint ? (
        <p id={`${id}-hint`} className="text-xs text-muted-foreground">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

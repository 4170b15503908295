import { FileUp } from "lucide-react";
import { useId, useState } from "react";

import { cn } from "@/lib/cn";
import { bytes } from "@/lib/format";

interface Props {
  file: File | null;
  onChoose: (file: File) => void;
}

/** A place to drop a file on, or to choose one with. */
export function FileChoice({ file, onChoose }: Props) {
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    <label
      htmlFor={id}
      className={cn(
        "grid cursor-pointer justify-items-center gap-1 rounded-xl border-2 border-dashed border-input bg-card px-4 text-center focus-within:border-primary hover:border-primary",
        file ? "py-4" : "py-10",
        over && "border-primary bg-accent",
      )}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer.files;
        if (dropped) onChoose(dropped);
      }}
    >
      <FileUp className="mb-1 size-6 text-primary" aria-hidden />
      <span className="font-medium wrap-anywhere">{file ? file.name : "Choose a file or drop it here"}</span>
      <span className="text-sm text-muted-foreground">
        {file ? `${bytes(file.size)} · choose another` : "CSV or JSON lines, up to 1 GiB"}
      </span>
      <input
        id={id}
        type="file"
        aria-label="File of messages"
        accept=".csv,.tsv,.txt,.jsonl,.ndjson,.json"
        className="sr-only"
        onChange={({ target }) => {
          const [picked] = target.files ?? [];
          if (picked) onChoose(picked);
        }}
      />
    </label>
  );
}

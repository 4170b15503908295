import { Ear } from "lucide-react";
import type { ReactNode } from "react";

import { Card } from "@/components/ui/card";

/** What strangers see: the name of the house, and a form to come in by. */
export function Doorway({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <Card className="w-full max-w-sm">
        <h1 className="flex items-center gap-2 text-xl font-semibold">
          <Ear className="size-5 text-primary" aria-hidden /> Earshot
        </h1>
        <p className="mt-1 mb-5 text-sm text-muted-foreground">What customers write, in numbers that are true.</p>
        {children}
      </Card>
    </main>
  );
}

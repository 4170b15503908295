import { useMutation } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";

import { PageHeader } from "@/components/page-header";
import { Waiting } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { FileChoice } from "@/import/file-choice";
import { MappingForm } from "@/import/mapping-form";
import { type Sample, sampleOf } from "@/import/reading";
import { RunCard } from "@/import/run-card";
import { currentRun, onRunChange } from "@/import/run";

/** A file of messages on its way in: chosen, its columns named, tried, and stored with every row accounted for. */
export default function ImportView() {
  const run = useSyncExternalStore(onRunChange, currentRun);
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title="Import">
        A CSV file with a header line, or one JSON object per line. An import that is cut goes on where it was.
      </PageHeader>
      {run ? <RunCard run={run} /> : <NextFile />}
    </div>
  );
}

interface Chosen {
  file: File;
  sample: Sample;
}

function NextFile() {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const read = useMutation({
    mutationFn: async (file: File): Promise<Chosen> => ({ file, sample: await sampleOf(file) }),
    onSuccess: setChosen,
  });
  return (
    <>
      <FileChoice
        file={chosen?.file ?? null}
        onChoose={(file) => {
          setChosen(null);
          read.mutate(file);
        }}
      />
      {read.isPending ? <Waiting className="h-64" /> : null}
      {read.error ? <ProblemNote error={read.error} /> : null}
      {chosen ? <MappingForm key={`${chosen.file.name} ${chosen.file.lastModified}`} {...chosen} /> : null}
    </>
  );
}

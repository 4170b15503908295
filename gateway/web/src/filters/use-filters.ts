import { useMemo } from "react";
import { useSearchParams } from "react-router";

import { type Filters, readFilters, writeFilters } from "@/filters/filters";

/** The filters of the address bar, so that a view can be shared and gone back from. */
export function useFilters(): [Filters, (next: Filters) => void] {
  const [parameters, setParameters] = useSearchParams();
  const filters = useMemo(() => readFilters(parameters), [parameters]);
  return [
    filters,
    (next) => {
      setParameters(writeFilters(next));
    },
  ];
}

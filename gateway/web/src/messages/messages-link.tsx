import type { ReactNode } from "react";
import { Link } from "react-router";

import { useReadsMessages } from "@/account/use-me";
import { type Filters, writeFilters } from "@/filters/filters";

interface Props {
  filters: Filters;
  className?: string;
  children: ReactNode;
}

/** Leads from a figure to the messages it counts, for those who may read them. */
export function MessagesLink({ filters, className, children }: Props) {
  if (!useReadsMessages()) return <span className={className}>{children}</span>;
  return (
    <Link to={{ pathname: "/app/messages", search: writeFilters(filters).toString() }} className={className}>
      {children}
    </Link>
  );
}

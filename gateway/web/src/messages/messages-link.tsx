import type { ComponentProps, ReactNode } from "react";
import { Link } from "react-router";

import { useReadsMessages } from "@/account/use-me";
import type { Filters } from "@/filters/filters";
import { counted, writeAsked } from "@/messages/asked";

interface Props extends Omit<ComponentProps<typeof Link>, "to"> {
  filters: Filters;
  className?: string;
  children: ReactNode;
}

/** Leads from a figure to the messages it counts, which are customers', for those who may read them. */
export function MessagesLink({ filters, className, children, ...rest }: Props) {
  if (!useReadsMessages()) return <span className={className}>{children}</span>;
  return (
    <Link {...rest} to={{ pathname: "/app/messages", search: writeAsked(counted(filters)).toString() }} className={className}>
      {children}
    </Link>
  );
}

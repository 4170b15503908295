import {
  BarChart3,
  Bell,
  CircleUser,
  FileUp,
  Inbox,
  type LucideIcon,
  MessagesSquare,
  Radio,
  Shapes,
  Tags,
} from "lucide-react";

export interface View {
  to: string;
  name: string;
  icon: LucideIcon;
  /** Who may see it: everybody, those who may read what customers wrote, those who may change what is stored. */
  needs?: "texts" | "changes";
}

/** Every view, in the order of the navigation: what is looked at all day first. */
export const VIEWS: readonly View[] = [
  { to: "/app/overview", name: "Overview", icon: BarChart3 },
  { to: "/app/chat", name: "Ask", icon: MessagesSquare },
  { to: "/app/messages", name: "Messages", icon: Inbox, needs: "texts" },
  { to: "/app/live", name: "Live", icon: Radio, needs: "texts" },
  { to: "/app/alerts", name: "Alerts", icon: Bell },
  { to: "/app/review", name: "Review", icon: Tags, needs: "texts" },
  { to: "/app/categories", name: "Categories", icon: Shapes, needs: "texts" },
  { to: "/app/import", name: "Import", icon: FileUp, needs: "changes" },
  { to: "/app/account", name: "Account", icon: CircleUser },
];

export function viewsOf(role: string): View[] {
  const reads = role === "agent" || role === "admin";
  const changes = reads || role === "ingest";
  return VIEWS.filter(({ needs }) => needs === undefined || (needs === "texts" ? reads : changes));
}

import { type LucideIcon, BarChart3, Bell, CircleUser, Inbox, LogOut, MessagesSquare, Radio, Tags } from "lucide-react";
import { NavLink, Outlet } from "react-router";

import { useReadsMessages } from "@/account/use-me";
import { forgetToken } from "@/auth/token";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

interface View {
  to: string;
  name: string;
  icon: LucideIcon;
  /** Shows what customers wrote, which not everybody may read. */
  texts?: boolean;
}

const VIEWS: View[] = [
  { to: "/app/overview", name: "Overview", icon: BarChart3 },
  { to: "/app/messages", name: "Messages", icon: Inbox, texts: true },
  { to: "/app/live", name: "Live", icon: Radio, texts: true },
  { to: "/app/review", name: "Review", icon: Tags, texts: true },
  { to: "/app/alerts", name: "Alerts", icon: Bell },
  { to: "/app/chat", name: "Ask", icon: MessagesSquare },
  { to: "/app/account", name: "Account", icon: CircleUser },
];

/** The frame of every view: where one is, where one can go, and the way out. */
export function Shell() {
  const readsMessages = useReadsMessages();
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#content" className="sr-only focus:not-sr-only focus:p-3">
        Skip to the content
      </a>
      <header className="sticky top-0 z-10 flex items-center gap-2 border-b bg-surface px-3 py-2 sm:px-6">
        <span className="mr-1 font-semibold max-sm:sr-only lg:mr-3">Earshot</span>
        <nav aria-label="Views" className="flex gap-1">
          {VIEWS.filter(({ texts }) => readsMessages || !texts).map(({ to, name, icon: Icon }) => (
            <NavLink
              key={to}
              to={to}
              className={({ isActive }) =>
                cn(
                  "flex h-10 items-center gap-2 rounded-md px-2 text-sm hover:bg-accent-soft lg:px-3",
                  isActive && "bg-accent-soft font-medium",
                )
              }
            >
              <Icon className="size-4" aria-hidden />
              <span className="max-md:sr-only">{name}</span>
            </NavLink>
          ))}
        </nav>
        <Button variant="ghost" size="icon" className="ml-auto" aria-label="Log out" onClick={forgetToken}>
          <LogOut aria-hidden />
        </Button>
      </header>
      <main id="content" className="flex-1 p-3 sm:p-6">
        <Outlet />
      </main>
    </div>
  );
}

import { BarChart3, LogOut, MessagesSquare } from "lucide-react";
import { NavLink, Outlet } from "react-router";

import { forgetToken } from "@/auth/token";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

const VIEWS = [
  { to: "/app/overview", name: "Overview", icon: BarChart3 },
  { to: "/app/chat", name: "Ask", icon: MessagesSquare },
];

/** The frame of every view: where one is, where one can go, and the way out. */
export function Shell() {
  return (
    <div className="flex min-h-dvh flex-col">
      <a href="#content" className="sr-only focus:not-sr-only focus:p-3">
        Skip to the content
      </a>
      <header className="sticky top-0 z-10 flex items-center gap-2 border-b bg-surface px-3 py-2 sm:px-6">
        <span className="mr-3 font-semibold">Earshot</span>
        <nav aria-label="Views" className="flex gap-1">
          {VIEWS.map(({ to, name, icon: Icon }) => (
            <NavLink
              key={to}
              to={to}
              className={({ isActive }) =>
                cn(
                  "flex h-10 items-center gap-2 rounded-md px-3 text-sm hover:bg-accent-soft",
                  isActive && "bg-accent-soft font-medium",
                )
              }
            >
              <Icon className="size-4" aria-hidden />
              {name}
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

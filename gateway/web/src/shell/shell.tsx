import { Ear, Ellipsis, LogOut } from "lucide-react";
import { Suspense, useState } from "react";
import { NavLink, Outlet, useLocation } from "react-router";

import { useMe } from "@/account/use-me";
import { logOut } from "@/auth/renewal";
import { ConnectionBanner } from "@/components/connection-banner";
import { Waiting } from "@/components/loaded";
import { ErrorBoundary } from "@/components/error-boundary";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogTitle, DialogTrigger } from "@/components/ui/dialog";
import { cn } from "@/lib/cn";
import { type View, viewsOf } from "@/shell/views";

/** Places in the bar of a phone; the last leads to the others. */
const PHONE_PLACES = 5;

/** The frame of every view: where one is, where one can go, and the way out. */
export function Shell() {
  const me = useMe();
  const views = viewsOf(me.data?.role ?? "");
  const { pathname } = useLocation();
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[auto_minmax(0,1fr)]">
      <a href="#content" className="sr-only z-50 bg-card focus:not-sr-only focus:fixed focus:p-3">
        Skip to the content
      </a>
      <Sidebar views={views} username={me.data?.username ?? ""} />
      <div className="flex min-h-dvh min-w-0 flex-col max-md:pb-16">
        <ConnectionBanner />
        <main id="content" className="flex-1 p-3 sm:p-6">
          <ErrorBoundary key={pathname.split("/", 3).join("/")}>
            <Suspense fallback={<Waiting />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <PhoneBar views={views} />
    </div>
  );
}

function Sidebar({ views, username }: { views: View[]; username: string }) {
  return (
    <header className="sticky top-0 flex h-dvh w-14 flex-col gap-1 border-r bg-card p-2 max-md:hidden lg:w-52 lg:p-3">
      <p className="flex h-10 items-center gap-2.5 px-2.5 text-lg font-semibold">
        <Ear className="size-5 shrink-0 text-primary" aria-hidden />
        <span className="max-lg:sr-only">Earshot</span>
      </p>
      <nav aria-label="Views" className="mt-2 grid gap-0.5 overflow-y-auto">
        {views.map((view) => (
          <ViewLink
            key={view.to}
            view={view}
            className="h-10 gap-2.5 rounded-md px-2.5"
            active="bg-accent font-medium text-foreground"
            name="max-lg:sr-only"
          />
        ))}
      </nav>
      <div className="mt-auto flex items-center gap-2 border-t pt-2">
        <span className="min-w-0 flex-1 truncate pl-2.5 text-sm text-muted-foreground max-lg:sr-only">{username}</span>
        <LogOutButton />
      </div>
    </header>
  );
}

function LogOutButton() {
  return (
    <Button variant="ghost" size="icon" aria-label="Log out" title="Log out" onClick={() => void logOut()}>
      <LogOut aria-hidden />
    </Button>
  );
}

function PhoneBar({ views }: { views: View[] }) {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const first = views.length > PHONE_PLACES ? views.slice(0, PHONE_PLACES - 1) : views;
  const isBehind = views.slice(first.length).some(({ to }) => pathname.startsWith(to));
  const place = "flex-col justify-center gap-0.5 text-[0.6875rem]";
  return (
    <nav
      aria-label="Views"
      className="fixed inset-x-0 bottom-0 z-20 grid h-16 auto-cols-fr grid-flow-col border-t bg-card md:hidden"
    >
      {first.map((view) => (
        <ViewLink key={view.to} view={view} className={place} active="text-primary" />
      ))}
      <Dialog open={open} onOpenChange={setOpen}>
        <DialogTrigger className={cn("flex items-center text-muted-foreground", place, isBehind && "text-primary")}>
          <Ellipsis className="size-5" aria-hidden /> More
        </DialogTrigger>
        <DialogContent side="bottom" aria-describedby={undefined}>
          <DialogTitle>More views</DialogTitle>
          <div className="grid gap-0.5">
            {views.slice(first.length).map((view) => (
              <ViewLink
                key={view.to}
                view={view}
                className="h-11 gap-3 rounded-md px-2"
                active="bg-accent font-medium text-foreground"
                onClick={() => {
                  setOpen(false);
                }}
              />
            ))}
          </div>
          <Button variant="outline" onClick={() => void logOut()}>
            <LogOut aria-hidden /> Log out
          </Button>
        </DialogContent>
      </Dialog>
    </nav>
  );
}

interface LinkProps {
  view: View;
  className: string;
  active: string;
  name?: string;
  onClick?: () => void;
}

function ViewLink({ view: { to, name, icon: Icon }, className, active, name: nameStyle, onClick }: LinkProps) {
  return (
    <NavLink
      to={to}
      title={name}
      onClick={onClick}
      className={({ isActive }) =>
        cn(
          "flex items-center text-sm text-muted-foreground hover:bg-accent hover:text-foreground",
          className,
          isActive && active,
        )
      }
    >
      <Icon className="size-4.5 shrink-0" aria-hidden />
      <span className={nameStyle}>{name}</span>
    </NavLink>
  );
}

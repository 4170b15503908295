import "@/index.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, lazy, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { AccountView } from "@/account/account-view";
import { AlertsView } from "@/alerts/alerts-view";
import { ApiProblem } from "@/api/client";
import { REGISTER_PATH } from "@/auth/invitation-link";
import { loginId, onLoginChange } from "@/auth/kept-login";
import { Login } from "@/auth/login";
import { Register } from "@/auth/register";
import { CategoriesView } from "@/categories/categories-view";
import { ErrorBoundary } from "@/components/error-boundary";
import { forgetPlans } from "@/import/plans";
import { chosenTheme, showTheme } from "@/lib/theme";
import { LiveView } from "@/live/live-view";
import { MessagesView } from "@/messages/messages-view";
import { OverviewView } from "@/overview/overview-view";
import { ReviewView } from "@/review/review-view";
import { Shell } from "@/shell/shell";

// What brings a library of its own, for Markdown or for CSV, comes when it is gone to.
const ChatView = lazy(() => import("@/chat/chat-view"));
const ImportView = lazy(() => import("@/import/import-view"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A request that is wrong stays wrong; only what may pass is tried again.
      retry: (count, error) => count < 2 && !(error instanceof ApiProblem && error.status < 500),
    },
  },
});

// Whoever logs in next must not see what was loaded, or begun in this tab, for the one before.
let shownFor = loginId();
onLoginChange(() => {
  const now = loginId();
  if (now === shownFor) return;
  shownFor = now;
  queries.clear();
  sessionStorage.clear();
  forgetPlans();
});
showTheme(chosenTheme());

function App() {
  const login = useSyncExternalStore(onLoginChange, loginId);
  if (!login) {
    return (
      <Routes>
        <Route path={REGISTER_PATH} element={<Register />} />
        <Route path="*" element={<Login />} />
      </Routes>
    );
  }
  return (
    <Routes key={login}>
      <Route element={<Shell />}>
        <Route path="/app/overview" element={<OverviewView />} />
        <Route path="/app/messages" element={<MessagesView />} />
        <Route path="/app/live" element={<LiveView />} />
        <Route path="/app/review" element={<ReviewView />} />
        <Route path="/app/categories" element={<CategoriesView />} />
        <Route path="/app/alerts" element={<AlertsView />} />
        <Route path="/app/import" element={<ImportView />} />
        <Route path="/app/account" element={<AccountView />} />
        <Route path="/app/chat/:sessionId?" element={<ChatView />} />
        <Route path="*" element={<Navigate to="/app/overview" replace />} />
      </Route>
    </Routes>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <QueryClientProvider client={queries}>
          <BrowserRouter>
            <App />
          </BrowserRouter>
        </QueryClientProvider>
      </ErrorBoundary>
    </StrictMode>,
  );
}

import "@/index.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { AccountView } from "@/account/account-view";
import { AlertsView } from "@/alerts/alerts-view";
import { ApiProblem } from "@/api/client";
import { Login } from "@/auth/login";
import { onTokenChange, readToken } from "@/auth/token";
import { ChatView } from "@/chat/chat-view";
import { ErrorBoundary } from "@/components/error-boundary";
import { LiveView } from "@/live/live-view";
import { MessagesView } from "@/messages/messages-view";
import { OverviewView } from "@/overview/overview-view";
import { ReviewView } from "@/review/review-view";
import { Shell } from "@/shell";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A request that is wrong stays wrong; only what may pass is tried again.
      retry: (count, error) => count < 2 && !(error instanceof ApiProblem && error.status < 500),
    },
  },
});

// The next user of this tab must not see what was loaded for the one before.
onTokenChange(() => {
  if (!readToken()) queries.clear();
});

function App() {
  const token = useSyncExternalStore(onTokenChange, readToken);
  if (!token) return <Login />;
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route path="/app/overview" element={<OverviewView />} />
        <Route path="/app/messages" element={<MessagesView />} />
        <Route path="/app/live" element={<LiveView />} />
        <Route path="/app/review" element={<ReviewView />} />
        <Route path="/app/alerts" element={<AlertsView />} />
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

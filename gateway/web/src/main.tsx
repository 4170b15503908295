import "@/index.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { ApiProblem } from "@/api/client";
import { Login } from "@/auth/login";
import { onTokenChange, readToken } from "@/auth/token";
import { ChatView } from "@/chat/chat-view";
import { ErrorBoundary } from "@/components/error-boundary";
import { OverviewView } from "@/overview/overview-view";
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

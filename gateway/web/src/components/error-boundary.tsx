import { Component, type ReactNode } from "react";

import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";

/** Shows a failure of the page itself instead of a blank one. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="mx-auto grid max-w-lg gap-4 p-6">
        <h1 className="text-xl font-semibold">The page failed</h1>
        <ProblemNote error={this.state.error} />
        <Button
          onClick={() => {
            window.location.assign("/");
          }}
        >
          Load it again
        </Button>
      </div>
    );
  }
}

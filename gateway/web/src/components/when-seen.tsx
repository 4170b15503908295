import { type ReactNode, useEffect, useRef, useState } from "react";

import { Waiting } from "@/components/loaded";

/** What is asked for and drawn only once it is near the screen; until then its place is kept. */
export function WhenSeen({ className = "h-64", children }: { className?: string; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current || seen) return;
    const watch = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    watch.observe(place.current);
    return () => {
      watch.disconnect();
    };
  }, [seen]);
  if (seen) return children;
  return (
    <div ref={place}>
      <Waiting className={className} />
    </div>
  );
}

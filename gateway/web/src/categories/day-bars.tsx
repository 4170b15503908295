import { keyName, whole } from "@/lib/format";

interface Props {
  /** Local days that have a message, in order. */
  days: { day: string; messages: number }[];
}

/** One bar per day; too small for axes, so that each tells its number when pointed at, and all are told in words. */
export function DayBars({ days }: Props) {
  const most = Math.max(1, ...days.map(({ messages }) => messages));
  const [first, last] = [days[0], days.at(-1)];
  return (
    <figure className="grid gap-1">
      <ul className="flex h-16 items-end gap-px" aria-label="Messages per day">
        {days.map(({ day, messages }) => (
          <li
            key={day}
            title={`${keyName("day", day)}: ${whole(messages)}`}
            className="max-w-8 min-w-px flex-1 rounded-t-xs bg-primary"
            style={{ height: `${Math.max(4, (messages / most) * 100)}%` }}
          >
            <span className="sr-only">
              {keyName("day", day)}: {whole(messages)}
            </span>
          </li>
        ))}
      </ul>
      <figcaption className="flex justify-between text-xs text-muted-foreground">
        <span>{first ? keyName("day", first.day) : ""}</span>
        <span>
          days with such messages, {whole(days.length)}; at most {whole(most)} a day
        </span>
        <span>{last ? keyName("day", last.day) : ""}</span>
      </figcaption>
    </figure>
  );
}

import type { ReactNode } from "react";
import Markdown from "react-markdown";

const ELEMENTS = {
  ul: (props: { children?: ReactNode }) => <ul className="my-2 grid list-disc gap-1 pl-5">{props.children}</ul>,
  ol: (props: { children?: ReactNode }) => <ol className="my-2 grid list-decimal gap-1 pl-5">{props.children}</ol>,
  p: (props: { children?: ReactNode }) => <p className="my-2 first:mt-0 last:mb-0">{props.children}</p>,
};

/** An answer's text: emphasis, lists and paragraphs. Links, images and HTML of a model are shown as text, never live. */
export function AnswerText({ text }: { text: string }) {
  return (
    <Markdown
      components={ELEMENTS}
      allowedElements={["p", "strong", "em", "ul", "ol", "li", "code", "pre", "br", "blockquote"]}
      unwrapDisallowed
      skipHtml
    >
      {text}
    </Markdown>
  );
}

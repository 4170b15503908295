import { useMutation } from "@tanstack/react-query";
import type { SubmitEvent } from "react";
import { Link } from "react-router";

import { ApiProblem, problemOf } from "@/api/client";
import { Doorway } from "@/auth/doorway";
import { REGISTER_PATH } from "@/auth/invitation-link";
import { type KeptLogin, keepLogin } from "@/auth/kept-login";
import { askForToken } from "@/auth/renewal";
import { type TokenAnswer, loginOf } from "@/auth/token-answer";
import { InputField } from "@/components/form-field";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { textOf } from "@/lib/form";
import { newId } from "@/lib/new-id";

interface Credentials {
  username: string;
  password: string;
}

/** A login with a password. Throws the problem of a refusal. */
export async function logIn({ username, password }: Credentials): Promise<KeptLogin> {
  const answer = await askForToken({ grant_type: "password", username, password });
  if (!answer.ok) throw await problemOf(answer);
  return loginOf(newId(), (await answer.json()) as TokenAnswer, Date.now());
}

export function Login() {
  const login = useMutation({ mutationFn: logIn, onSuccess: keepLogin });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    login.mutate({ username: textOf(form, "username"), password: textOf(form, "password") });
  };
  const wrong = login.error instanceof ApiProblem && login.error.status === 401;
  return (
    <Doorway>
      <form className="grid gap-4" onSubmit={submit}>
        <InputField label="User name" name="username" autoComplete="username" required />
        <InputField label="Password" name="password" type="password" autoComplete="current-password" required />
        {wrong ? (
          <p role="alert" className="text-sm text-destructive">
            User name or password is wrong.
          </p>
        ) : null}
        {login.error && !wrong ? <ProblemNote error={login.error} /> : null}
        <Button type="submit" disabled={login.isPending}>
          {login.isPending ? "Logging in …" : "Log in"}
        </Button>
        <Link to={REGISTER_PATH} className="text-sm text-muted-foreground underline">
          I have an invitation
        </Link>
      </form>
    </Doorway>
  );
}

import { useMutation } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { ApiProblem, api, dataOf } from "@/api/client";
import { keepToken } from "@/auth/token";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";

async function logIn(form: FormData): Promise<string> {
  const fields = new URLSearchParams();
  for (const [name, value] of form) if (typeof value === "string") fields.set(name, value);
  const answer = await api.POST("/api/v1/auth/token", {
    body: { grant_type: "password", username: "", password: "", refresh_token: "" },
    bodySerializer: () => fields,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  return dataOf(answer).access_token;
}

export function Login() {
  const login = useMutation({ mutationFn: logIn, onSuccess: keepToken });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    login.mutate(new FormData(event.currentTarget));
  };
  const wrong = login.error instanceof ApiProblem && login.error.status === 401;
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <Card className="w-full max-w-sm">
        <h1 className="text-xl font-semibold">Earshot</h1>
        <p className="mt-1 mb-5 text-sm text-muted">What customers write, in numbers that are true.</p>
        <form className="grid gap-4" onSubmit={submit}>
          <Field label="User name" name="username" autoComplete="username" required />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          {wrong ? (
            <p role="alert" className="text-sm text-danger">
              User name or password is wrong.
            </p>
          ) : null}
          {login.error && !wrong ? <ProblemNote error={login.error} /> : null}
          <Button type="submit" disabled={login.isPending}>
            {login.isPending ? "Logging in …" : "Log in"}
          </Button>
        </form>
      </Card>
    </main>
  );
}

import { useMutation } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { People } from "@/account/people";
import { useMe } from "@/account/use-me";
import { api } from "@/api/client";
import { Loading } from "@/components/loading";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { textOf } from "@/lib/form";

/** Who one is here, one's password, and for administrators everybody else. */
export function AccountView() {
  const me = useMe();
  return (
    <div className="mx-auto grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-4">
      <h1 className="text-2xl font-semibold">Account</h1>
      {me.error ? <ProblemNote error={me.error} /> : null}
      {me.isPending ? <Loading /> : null}
      {me.data ? (
        <Card>
          <p data-testid="me">
            Logged in as <strong>{me.data.username}</strong>, {me.data.role}.
          </p>
        </Card>
      ) : null}
      <PasswordForm />
      {me.data?.role === "admin" ? <People /> : null}
    </div>
  );
}

function PasswordForm() {
  const change = useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) =>
      api.POST("/api/v1/users/me:change-password", { body }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = (name: string) => textOf(form, name);
    change.mutate(
      { current_password: text("current"), new_password: text("new") },
      {
        onSuccess: () => {
          form.reset();
        },
      },
    );
  };
  return (
    <Card>
      <CardTitle>Password</CardTitle>
      <form className="grid gap-3" onSubmit={submit}>
        <Field label="Present password" name="current" type="password" autoComplete="current-password" required />
        <Field label="New password" name="new" type="password" autoComplete="new-password" minLength={8} required />
        <Button type="submit" className="w-fit" disabled={change.isPending}>
          Change
        </Button>
        {change.error ? <ProblemNote error={change.error} /> : null}
        {change.isSuccess ? <p role="status">The password is changed. Other logins of yours have ended.</p> : null}
      </form>
    </Card>
  );
}

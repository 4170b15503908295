import { useMutation } from "@tanstack/react-query";
import type { SubmitEvent } from "react";
import { Link, useLocation, useNavigate } from "react-router";

import { ApiProblem, api } from "@/api/client";
import { Doorway } from "@/auth/doorway";
import { invitationOf } from "@/auth/invitation-link";
import { keepLogin } from "@/auth/kept-login";
import { logIn } from "@/auth/login";
import { InputField } from "@/components/form-field";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { textOf } from "@/lib/form";

interface NewAccount {
  username: string;
  password: string;
  invitation: string;
}

/** Makes an account and logs in with it. The server tells nobody which names are taken: the login does not work then. */
async function register(body: NewAccount) {
  await api.POST("/api/v1/auth/register", { body });
  return logIn(body);
}

/** An account for whoever has an invitation, which the link brings along. */
export function Register() {
  const invitation = invitationOf(useLocation().hash);
  const navigate = useNavigate();
  const registering = useMutation({
    mutationFn: register,
    onSuccess: async (login) => {
      await navigate("/app/overview", { replace: true });
      keepLogin(login);
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    registering.mutate({
      username: textOf(form, "username"),
      password: textOf(form, "password"),
      invitation: textOf(form, "invitation").trim(),
    });
  };
  const taken = registering.error instanceof ApiProblem && registering.error.status === 401;
  return (
    <Doorway>
      <form className="grid gap-4" onSubmit={submit}>
        <InputField label="Invitation" name="invitation" defaultValue={invitation} autoComplete="off" maxLength={100} />
        <InputField label="User name" name="username" autoComplete="username" required maxLength={64} />
        <InputField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint="At least 8 characters."
          minLength={8}
          required
        />
        {taken ? (
          <p role="alert" className="text-sm text-destructive">
            Choose another user name: this one cannot be used. The invitation is still good.
          </p>
        ) : null}
        {registering.error && !taken ? <ProblemNote error={registering.error} /> : null}
        <Button type="submit" disabled={registering.isPending}>
          {registering.isPending ? "Making the account …" : "Make the account"}
        </Button>
        <Link to="/app/overview" className="text-sm text-muted-foreground underline">
          I have an account
        </Link>
      </form>
    </Doorway>
  );
}

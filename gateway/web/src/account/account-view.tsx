import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { AuditLog } from "@/account/audit-log";
import { EarlierModels } from "@/account/earlier-models";
import { Invitations } from "@/account/invitations";
import { People } from "@/account/people";
import { useMe } from "@/account/use-me";
import { VerifiedQuestions } from "@/account/verified-questions";
import { Workspace } from "@/account/workspace-form";
import { api } from "@/api/client";
import { keepLogin, loginId } from "@/auth/kept-login";
import { logIn } from "@/auth/login";
import { InputField, SelectField } from "@/components/form-field";
import { Loaded, Waiting } from "@/components/loaded";
import { PageHeader } from "@/components/page-header";
import { ProblemNote } from "@/components/problem-note";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { WhenSeen } from "@/components/when-seen";
import { textOf } from "@/lib/form";
import { THEMES, type Theme, chooseTheme, chosenTheme } from "@/lib/theme";

/**
 * Who one is here, the looks, one's password, verified questions; for administrators the workspace, everybody else, and
 * what they did.
 */
export function AccountView() {
  const me = useMe();
  return (
    <div className="mx-auto grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title="Account" />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Card>
          <CardTitle>You</CardTitle>
          <Loaded query={me} waiting={<Waiting className="h-6" />}>
            {({ username, role }) => (
              <p className="text-sm" data-testid="me">
                Logged in as <strong>{username}</strong>, {role}.
              </p>
            )}
          </Loaded>
          <Looks />
        </Card>
        <PasswordForm username={me.data?.username ?? ""} />
      </div>
      <VerifiedQuestions />
      {me.data?.role === "admin" ? (
        <>
          <Workspace />
          <EarlierModels />
          <People />
          <Invitations />
          <WhenSeen>
            <AuditLog />
          </WhenSeen>
        </>
      ) : null}
    </div>
  );
}

function Looks() {
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <div className="mt-4">
      <SelectField
        label="Colours"
        value={theme}
        onChange={({ target }) => {
          const next = target.value as Theme;
          chooseTheme(next);
          setTheme(next);
        }}
      >
        {Object.entries(THEMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function PasswordForm({ username }: { username: string }) {
  const change = useMutation({
    mutationFn: async (body: { current_password: string; new_password: string }) => {
      await api.POST("/api/v1/users/me:change-password", { body });
      // A change ends every login of the user, this one too; what is on the screen stays theirs.
      const login = await logIn({ username, password: body.new_password });
      keepLogin({ ...login, id: loginId() ?? login.id });
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    change.mutate({ current_password: textOf(form, "current"), new_password: textOf(form, "new") });
  };
  return (
    <Card>
      <CardTitle>Password</CardTitle>
      <form className="grid gap-3" onSubmit={submit}>
        <InputField label="Present password" name="current" type="password" autoComplete="current-password" required />
        <InputField
          label="New password"
          name="new"
          type="password"
          autoComplete="new-password"
          minLength={8}
          required
        />
        <Button type="submit" className="w-fit" disabled={change.isPending || !username}>
          Change
        </Button>
        {change.error ? <ProblemNote error={change.error} /> : null}
        {change.isSuccess ? (
          <p role="status" className="text-sm">
            The password is changed. Other logins of yours have ended.
          </p>
        ) : null}
      </form>
    </Card>
  );
}

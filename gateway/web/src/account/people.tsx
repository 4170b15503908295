import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { RoleField, type RoleName } from "@/account/role-field";
import { api, dataOf } from "@/api/client";
import { InputField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { RecordItem, RecordList } from "@/components/record-list";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { textOf } from "@/lib/form";

const PEOPLE = ["people"];

interface NewPerson {
  username: string;
  password: string;
  role: RoleName;
}

/** Everybody who can log in, and a form for one more. */
export function People() {
  const queries = useQueryClient();
  const people = useQuery({
    queryKey: PEOPLE,
    queryFn: async () => dataOf(await api.GET("/api/v1/users", {})).users,
  });
  const create = useMutation({
    mutationFn: (body: NewPerson) => api.POST("/api/v1/users", { body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
  });
  return (
    <Card className="grid gap-5">
      <div>
        <CardTitle>People</CardTitle>
        <Loaded query={people}>
          {(users) => (
            <RecordList data-testid="people-list">
              {users.map((user) => (
                <RecordItem key={user.id} title={user.username}>
                  {user.disabled ? <Badge variant="destructive">disabled</Badge> : null}
                  <Badge>{user.role}</Badge>
                </RecordItem>
              ))}
            </RecordList>
          )}
        </Loaded>
      </div>
      <NewPersonForm busy={create.isPending} error={create.error} onCreate={(body) => create.mutateAsync(body)} />
    </Card>
  );
}

interface FormProps {
  busy: boolean;
  error: unknown;
  onCreate: (person: NewPerson) => Promise<unknown>;
}

function NewPersonForm({ busy, error, onCreate }: FormProps) {
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const role = textOf(form, "role") as RoleName;
    onCreate({ username: textOf(form, "username"), password: textOf(form, "password"), role }).then(
      () => {
        form.reset();
      },
      () => undefined,
    );
  };
  return (
    <form className="grid gap-3 border-t pt-4 sm:grid-cols-2" onSubmit={submit}>
      <InputField label="User name" name="username" autoComplete="off" required maxLength={64} />
      <InputField
        label="First password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        required
      />
      <RoleField label="Role" />
      <Button type="submit" className="w-fit self-end" disabled={busy}>
        Add
      </Button>
      {error ? <ProblemNote error={error} /> : null}
    </form>
  );
}

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { api, dataOf } from "@/api/client";
import type { User } from "@/api/types";
import { ProblemNote } from "@/components/problem-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Field, inputStyle } from "@/components/ui/field";
import { textOf } from "@/lib/form";

const PEOPLE = ["people"];
const ROLES = {
  viewer: "viewer: numbers and answers",
  agent: "agent: messages as well",
  admin: "admin: everything",
  ingest: "ingest: sends messages in",
};

/** Everybody who can log in, and a form for one more. */
export function People() {
  const queries = useQueryClient();
  const people = useQuery({
    queryKey: PEOPLE,
    queryFn: async () => dataOf(await api.GET("/api/v1/users", {})).users,
  });
  const create = useMutation({
    mutationFn: (body: { username: string; password: string; role: "viewer" }) => api.POST("/api/v1/users", { body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = (name: string) => textOf(form, name);
    create.mutate(
      { username: text("username"), password: text("password"), role: text("role") as "viewer" },
      {
        onSuccess: () => {
          form.reset();
        },
      },
    );
  };
  return (
    <Card className="grid gap-4">
      <CardTitle className="mb-0">People</CardTitle>
      {people.error ? <ProblemNote error={people.error} /> : null}
      <ul className="grid gap-2" data-testid="people-list">
        {people.data?.map((user) => (
          <Person key={user.id} user={user} />
        ))}
      </ul>
      <form className="grid gap-3 sm:grid-cols-2" onSubmit={submit}>
        <Field label="User name" name="username" autoComplete="off" required maxLength={64} />
        <Field label="First password" name="password" type="password" autoComplete="new-password" minLength={8} required />
        <label className="grid gap-1.5 text-sm font-medium">
          Role
          <select name="role" className={inputStyle}>
            {Object.entries(ROLES).map(([role, meaning]) => (
              <option key={role} value={role}>
                {meaning}
              </option>
            ))}
          </select>
        </label>
        <div className="self-end">
          <Button type="submit" disabled={create.isPending}>
            Add
          </Button>
        </div>
      </form>
      {create.error ? <ProblemNote error={create.error} /> : null}
    </Card>
  );
}

function Person({ user }: { user: User }) {
  return (
    <li className="flex items-center justify-between gap-2 text-sm">
      <span className="wrap-anywhere">{user.username}</span>
      <span className="flex gap-2">
        {user.disabled ? <Badge className="border-danger text-danger">disabled</Badge> : null}
        <Badge>{user.role}</Badge>
      </span>
    </li>
  );
}

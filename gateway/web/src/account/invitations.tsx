import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SubmitEvent } from "react";

import { RoleField, type RoleName } from "@/account/role-field";
import { api, dataOf } from "@/api/client";
import { invitationLink } from "@/auth/invitation-link";
import { InputField } from "@/components/form-field";
import { Loaded } from "@/components/loaded";
import { ProblemNote } from "@/components/problem-note";
import { RecordItem, RecordList } from "@/components/record-list";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { textOf } from "@/lib/form";
import { moment } from "@/lib/format";

const INVITATIONS = ["invitations"];

/** Invitations that are open, and a link for one more, which is shown once. */
export function Invitations() {
  const queries = useQueryClient();
  const renew = () => queries.invalidateQueries({ queryKey: INVITATIONS });
  const open = useQuery({
    queryKey: INVITATIONS,
    queryFn: async () => dataOf(await api.GET("/api/v1/invitations", {})).invitations,
  });
  const invite = useMutation({
    mutationFn: async (role: RoleName) => dataOf(await api.POST("/api/v1/invitations", { body: { role } })),
    onSuccess: renew,
  });
  const revoke = useMutation({
    mutationFn: (id: string) =>
      api.DELETE("/api/v1/invitations/{invitation_id}", { params: { path: { invitation_id: id } } }),
    onSettled: renew,
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    invite.mutate(textOf(event.currentTarget, "role") as RoleName);
  };
  return (
    <Card className="grid gap-5">
      <div>
        <CardTitle>Invitations</CardTitle>
        <Loaded query={open}>
          {(invitations) =>
            invitations.length ? (
              <RecordList data-testid="invitations">
                {invitations.map(({ id, role, invited_by, expires_at }) => (
                  <RecordItem
                    key={id}
                    title={`${role}, invited by ${invited_by}`}
                    details={<p className="text-muted-foreground">Good until {moment(expires_at)}</p>}
                  >
                    <Button
                      size="sm"
                      variant="outline"
                      disabled={revoke.isPending}
                      onClick={() => {
                        revoke.mutate(id);
                      }}
                    >
                      Revoke
                    </Button>
                  </RecordItem>
                ))}
              </RecordList>
            ) : (
              <p className="text-sm text-muted-foreground">No invitation is open.</p>
            )
          }
        </Loaded>
        {revoke.error ? <ProblemNote error={revoke.error} /> : null}
      </div>
      <form className="grid gap-3 border-t pt-4 sm:grid-cols-2" onSubmit={submit}>
        <RoleField label="Invite as" />
        <Button type="submit" className="w-fit self-end" disabled={invite.isPending}>
          Make a link
        </Button>
        {invite.error ? <ProblemNote error={invite.error} /> : null}
        {invite.data ? (
          <div className="sm:col-span-2" role="status">
            <InputField
              label="Link to send"
              hint="It is shown this once and works once, where registration is by invitation."
              readOnly
              value={invitationLink(window.location.origin, invite.data.token)}
              onFocus={({ target }) => {
                target.select();
              }}
            />
          </div>
        ) : null}
      </form>
    </Card>
  );
}

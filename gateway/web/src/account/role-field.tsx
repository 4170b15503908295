import { SelectField } from "@/components/form-field";

const ROLES = {
  viewer: "viewer: numbers and answers",
  agent: "agent: messages as well",
  admin: "admin: everything",
  ingest: "ingest: sends messages in",
};

export type RoleName = keyof typeof ROLES;

/** A choice of the roles that people can have, with what each of them may do; the field's name is `role`. */
export function RoleField({ label }: { label: string }) {
  return (
    <SelectField label={label} name="role">
      {Object.entries(ROLES).map(([role, meaning]) => (
        <option key={role} value={role}>
          {meaning}
        </option>
      ))}
    </SelectField>
  );
}

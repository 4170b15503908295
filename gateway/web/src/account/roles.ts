/** Roles that people can have, with what each of them may do. */
export const ROLES = {
  viewer: "viewer: numbers and answers",
  agent: "agent: messages as well",
  admin: "admin: everything",
  ingest: "ingest: sends messages in",
};

export type RoleName = keyof typeof ROLES;

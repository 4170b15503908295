import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Interpretation = Schemas["InterpretationAnswer"];
export type Stats = Schemas["StatsAnswer"];
export type StatsQuery = Schemas["StatsQueryJson"];
export type Message = Schemas["MessageAnswer"];
export type Session = Schemas["SessionAnswer"];
export type Turn = Schemas["TurnAnswer"];
export type Receipt = Schemas["ReceiptAnswer"];
export type Verification = Schemas["VerificationAnswer"];
export type Usage = Schemas["UsageAnswer"];
export type Problem = Schemas["Problem"];
export type AlertRuleBody = Schemas["AlertRuleBody"];
export type AlertRule = Schemas["AlertRuleAnswer"];
export type Alert = Schemas["AlertAnswer"];
export type User = Schemas["UserAnswer"];
export type Agreement = Schemas["AgreementAnswer"];
export type Category = Schemas["CategoryAnswer"];
export type CategoryPreview = Schemas["PreviewAnswer"];
export type CategoryProposal = Schemas["ProposalAnswer"];
export type ImportResult = Schemas["ImportAnswer"];
export type Replay = Schemas["ReplayAnswer"];
export type Rating = Schemas["RatingAnswer"];
export type RatingBody = Schemas["RatingBody"];
export type WorkspaceSettings = Schemas["WorkspaceSettingsAnswer"];
export type WorkspaceChange = Schemas["WorkspaceSettingsBody"];

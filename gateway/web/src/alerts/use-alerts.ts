import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, dataOf } from "@/api/client";
import type { AlertRuleBody } from "@/api/types";
import { zone } from "@/lib/format";

const ALERTS = ["alerts"];
const REFRESH_MS = 15_000;

export function useAlerts() {
  return useQuery({
    queryKey: [...ALERTS, "fired"],
    queryFn: async () => dataOf(await api.GET("/api/v1/alerts", {})).alerts,
    refetchInterval: REFRESH_MS,
  });
}

export function useRules() {
  return useQuery({
    queryKey: [...ALERTS, "rules"],
    queryFn: async () => dataOf(await api.GET("/api/v1/alerts/rules", {})).rules,
    refetchInterval: REFRESH_MS,
  });
}

export interface NewRule {
  name: string;
  category: string;
  kind: "above" | "below" | "spike";
  threshold: number;
  windowSeconds: number;
  webhookUrl: string;
}

/** Changes to rules and alerts; the lists follow. */
export function useAlertChanges() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: ALERTS });
  const acknowledge = useMutation({
    mutationFn: (id: string) =>
      api.POST("/api/v1/alerts/{alert_id}:acknowledge", { params: { path: { alert_id: id } } }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/alerts/rules/{rule_id}", { params: { path: { rule_id: id } } }),
    onSuccess,
  });
  const create = useMutation({
    mutationFn: async (rule: NewRule) => dataOf(await api.POST("/api/v1/alerts/rules", { body: bodyOf(rule) })),
    onSuccess,
  });
  return { acknowledge, remove, create };
}

function bodyOf(rule: NewRule): AlertRuleBody {
  const filters = rule.category ? { categories: { any_of: [rule.category] } } : {};
  return {
    name: rule.name,
    query: { measure: "message_count", time_zone: zone(), filters },
    condition: { kind: rule.kind, threshold: rule.kind === "spike" ? 0 : rule.threshold },
    window_seconds: rule.windowSeconds,
    webhook_url: rule.webhookUrl,
  } as AlertRuleBody;
}

"""How a question is read: by the planner or by a language model, and what may be answered to whom."""

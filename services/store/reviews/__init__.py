"""What people say of labels. Pure: `review` is a judgement and its rules, `agreement` counts, `redaction` hides."""

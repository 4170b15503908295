"""Statistics: every number anywhere comes from here. Pure: values in, SQL and answers out; the repository runs it.

`question` says what can be asked, `validation` refuses what cannot, `canonical` names a question, `calendar` cuts a
range into local days and hours, `sql` writes the statements, `answer` makes the rows.
"""

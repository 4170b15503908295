"""What a label takes beyond one model run: context, the caller's labels, what is done about doubt."""

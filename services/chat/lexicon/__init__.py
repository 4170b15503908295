"""The words of a question: canonical text, spelling, and what each phrase stands for."""

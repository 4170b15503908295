"""What watches and explains: spikes against a seasonal expectation, and what a change is made of. Pure.

Nothing here counts. Every number comes in as the answer to a statistics question.
"""

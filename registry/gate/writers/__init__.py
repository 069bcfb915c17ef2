"""Reports as terminals, people and the machines of others read them.

`writing.write` is the one way in. A module for each form has a function `write`, and
is imported when its form is asked for.
"""

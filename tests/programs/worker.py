"""The work that the processes of forks.py do."""


def work(n):
    return n


def work_times(times):
    for n in range(times):
        work(n)

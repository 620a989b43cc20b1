"""Python's multiprocessing.Pool at the small works: the same answers as child.ts gives."""
import json
import multiprocessing
import os
import statistics
import sys
import time


def add_one(x):
    return x + 1


def echo(value):
    return value


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def answer(**line):
    print("@bench " + json.dumps(line), flush=True)


def report(name, unit, value):
    answer(kind="figure", name=name, unit=unit, value=value)


def check(condition, what, received):
    if not condition:
        raise AssertionError(f"Wrong result: expected {what}: received {received}")


def quantile(values, share):
    values = sorted(values)
    at = (len(values) - 1) * share
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def time_calls(call, verify, ms, most, before=None):
    times = []
    end = time.perf_counter() + ms / 1000
    for i in range(most):
        if before:
            before()
        started = time.perf_counter()
        value = call(i)
        ended = time.perf_counter()
        times.append((ended - started) * 1e6)
        verify(value, i)
        if ended > end and i >= 9:
            break
    return times


def warm_up(pool, quick):
    pool.map(add_one, range(100))
    time_calls(lambda i: pool.apply(add_one, (i,)), lambda v, i: None, 100 if quick else 300, 2000)


def incremented(value, i):
    check(value == i + 1, i + 1, value)


def cold_start(pool, started, request):
    incremented(pool.apply(add_one, (1,)), 1)
    report("pool", "ms", (time.perf_counter() - started) * 1000)
    report("process", "ms", time.time() * 1000 - request["spawned"])


def hot_latency(pool, quick):
    times = time_calls(lambda i: pool.apply(add_one, (i,)), incremented, 400 if quick else 2000, 5000 if quick else 50000)
    report("p50", "us", quantile(times, 0.5))
    report("p99", "us", quantile(times, 0.99))


def idle_latency(pool, quick):
    for ms, count in ((5, 30 if quick else 150), (100, 5 if quick else 20)):
        times = time_calls(lambda i: pool.apply(add_one, (i,)), incremented, 1e6, count, lambda: time.sleep(ms / 1000))
        report(f"after {ms} ms, p50", "us", quantile(times, 0.5))


def burst(pool, quick):
    rates = []
    for _ in range(2 if quick else 6):
        started = time.perf_counter()
        handles = [pool.apply_async(add_one, (i,)) for i in range(10_000)]
        results = [handle.get() for handle in handles]
        rates.append(10_000 / (time.perf_counter() - started))
        check(results == list(range(1, 10_001)), "1 to 10,000", results[:3])
    report("burst of 10,000", "tasks/s", statistics.median(rates))


def strings(pool, quick):
    text = "".join(chr(97 + i % 26) for i in range(1024))
    same = lambda value, _: check(value == text, "the same text", value[:20])
    times = time_calls(lambda _: pool.apply(echo, (text,)), same, 300 if quick else 1500, 20000)
    report("1 KB, p50", "us", quantile(times, 0.5))


def fib_speed_up(pool, quick):
    speed_ups = []
    for _ in range(1 if quick else 3):
        started = time.perf_counter()
        expected = [fib(20) for _ in range(32)]
        inline = time.perf_counter() - started
        started = time.perf_counter()
        results = pool.map(fib, [20] * 32, chunksize=1)
        speed_ups.append(inline / (time.perf_counter() - started))
        check(results == expected, expected[0], results[0])
    report("speed-up (fib(20))", "x", statistics.median(speed_ups))


def idle_cpu(pool, quick):
    def cpu():
        total = 0.0
        for pid in [os.getpid(), *(child.pid for child in multiprocessing.active_children())]:
            with open(f"/proc/{pid}/schedstat") as file:
                total += int(file.read().split()[0]) / 1e6
        return total

    time.sleep(0.5)
    samples = []
    for _ in range(3 if quick else 10):
        before = cpu()
        time.sleep(1)
        samples.append(cpu() - before)
    report("median", "ms/s", statistics.median(samples))
    report("most", "ms/s", max(samples))


def main():
    request = json.loads(sys.argv[1])
    work, quick = request["work"], request["quick"]
    try:
        started = time.perf_counter()
        with multiprocessing.Pool(request["workers"]) as pool:
            if work == "cold_start":
                cold_start(pool, started, request)
            else:
                warm_up(pool, quick)
                works = {"fib": fib_speed_up}
                works.get(work, globals().get(work))(pool, quick)
        answer(kind="done")
    except Exception as error:
        answer(kind="fails", reason=f"{type(error).__name__}: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()

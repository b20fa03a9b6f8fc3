"""One engine of the benchmark of expressions: duckdb, polars or datafusion, on one thread.

peers.py ENGINE FILE TIMES prints a line of JSON for each question and way of asking it.
"""

import datetime
import json
import os
import sys
import time

engine, file, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["POLARS_MAX_THREADS"] = "1"
os.environ["TOKIO_WORKER_THREADS"] = "1"

import pyarrow
import pyarrow.feather

arrow = pyarrow.feather.read_table(file, memory_map=False)

CONDITIONS = {
    "filter, one number": "charges > 70.0",
    "filter, three columns": "charges > 70.0 and since >= date '2024-01-01' and discount < 0.1",
    "mixed predicate with nulls": "(total is not null and total / (charges + 1.0) > 30.0)"
    " and coalesce(tenure, 0) < 24 or charges > 110.0",
    "text, equal": "contract = 'One year'",
    "text, contains": "note like '%refund%'",
    "text, list and beginning": "contract in ('One year', 'Two year') and note like 'late%'",
}
SUMS = {
    "arithmetic": "charges * 12.0 * (1.0 - discount) + charges * 0.19 - 20.0",
    "arithmetic, longer": "(charges * 12.0 * (1.0 - discount) - 100.0) / (charges + 1.0) * 0.35"
    " + charges * 0.02",
}


def sql():
    for name, condition in CONDITIONS.items():
        yield name, f"select count(*) from t where {condition}"
    for name, value in SUMS.items():
        yield name, f"select sum({value}) from t"


def with_duckdb():
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.register("arrow", arrow)
    connection.execute("create table t as select * from arrow")
    connection.unregister("arrow")
    # Constants with a point are decimals there, which beside a double become doubles when it plans.
    for name, query in sql():
        yield name, "sql", lambda query=query: connection.execute(query).fetchone()[0]


def with_datafusion():
    import datafusion

    config = datafusion.SessionConfig().with_target_partitions(1)
    context = datafusion.SessionContext(config)
    batches = arrow.combine_chunks().to_batches(max_chunksize=8192)
    context.register_record_batches("t", [batches])
    for name, query in sql():
        yield name, "sql", lambda query=query: context.sql(query).collect()[0][0][0].as_py()


def with_polars():
    import polars
    from polars import col, lit

    frame = polars.from_arrow(arrow, rechunk=True)
    conditions = {
        "filter, one number": col("charges") > 70.0,
        "filter, three columns": (col("charges") > 70.0)
        & (col("since") >= lit(datetime.date(2024, 1, 1)))
        & (col("discount") < 0.1),
        "mixed predicate with nulls": (
            col("total").is_not_null()
            & (col("total") / (col("charges") + 1.0) > 30.0)
            & (col("tenure").fill_null(0) < 24)
        )
        | (col("charges") > 110.0),
        "text, equal": col("contract") == "One year",
        "text, contains": col("note").str.contains("refund", literal=True),
        "text, list and beginning": col("contract").is_in(["One year", "Two year"])
        & col("note").str.starts_with("late"),
    }
    charges, discount = col("charges"), col("discount")
    sums = {
        "arithmetic": charges * 12.0 * (1.0 - discount) + charges * 0.19 - 20.0,
        "arithmetic, longer": (charges * 12.0 * (1.0 - discount) - 100.0)
        / (charges + 1.0)
        * 0.35
        + charges * 0.02,
    }
    for name, condition in conditions.items():
        yield name, "sum of the mask", lambda c=condition: frame.select(c.sum()).item()
        query = frame.lazy().filter(condition).select(polars.len())
        yield name, "filter, streaming", lambda q=query: q.collect(engine="streaming").item()
    for name, value in sums.items():
        yield name, "in memory", lambda v=value: frame.select(v.sum()).item()
        query = frame.lazy().select(value.sum())
        yield name, "streaming", lambda q=query: q.collect(engine="streaming").item()


questions = {"duckdb": with_duckdb, "datafusion": with_datafusion, "polars": with_polars}[engine]
for name, way, ask in questions():
    answer = ask()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "engine": engine,
                "question": name,
                "way": way,
                "rows": arrow.num_rows,
                "seconds": seconds,
                "answer": float(answer),
            }
        ),
        flush=True,
    )

-- Declarations of the whole project are found by a part of their name.
local s = require("session")
s.open()
s.holds(s.ask("workspace/symbol", { query = "churn_r" }), "churn_risk")

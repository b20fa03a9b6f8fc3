select f.value:sku::string as sku, f.value:qty::int as qty, f.index, f.key, f.path, f.seq, f.this from orders o, lateral flatten(input => o.details:items, outer => true, mode => 'ARRAY') f where f.value:qty > 2
-- sku: text?
-- qty: integer?
-- index: integer?
-- key: text?
-- path: text?
-- seq: integer?
-- this: json?

select object_construct('a', 1, 'b', name) as o, object_construct_keep_null(*) as k, array_construct(1,2) as a, array_agg(name) within group (order by name) as n, object_agg(name, profile) as oa, to_variant(region) as v from customers group by all
-- o: json
-- k: json
-- a: json
-- n: json
-- oa: json
-- v: json?

select customer_id, row_number() over (partition by region order by signup_date desc) as rn from customers qualify rn = 1
-- customer_id: integer
-- rn: integer

select * from (select region, status, amount from orders join customers using (customer_id)) pivot (sum(amount) for status in ('open', 'closed', 'lost')) as p (region, open_amt, closed_amt, lost_amt)
-- region: text?
-- open_amt: decimal?
-- closed_amt: decimal?
-- lost_amt: decimal?

select * from (select 1 as id, 10 as jan, 20 as feb) unpivot (sales for month in (jan, feb))
-- id: integer
-- month: text
-- sales: integer

select region, listagg(distinct name, ', ') within group (order by name) as names, listagg(name) as n2 from customers group by 1
-- region: text?
-- names: text
-- n2: text

select date_trunc('month', order_date) m, date_trunc(month, created_at) m2, dateadd(day, -7, current_date()) d, dateadd('hour', 3, order_date) h, datediff('day', order_date, created_at) dd, timestampdiff(second, created_at, updated_at) s, timestampadd(minute, 5, created_at) ta, time_slice(created_at, 15, 'minute', 'start') ts, last_day(order_date) l, last_day(order_date, 'week') l2, next_day(order_date, 'mo') nd, previous_day(order_date, 'fr') pd, dayname(order_date) dn, monthname(order_date) mn, date_part(epoch_second, created_at) ep, extract(dow from order_date) dow, weekofyear(order_date) w, weekiso(order_date) wi, dayofweekiso(order_date) di, yearofweek(order_date) yw, yearofweekiso(order_date) ywi, quarter(order_date) q, hour(created_at) hh, add_months(order_date, 3) am, months_between(order_date, current_date) mb, to_char(order_date, 'YYYY-MM') tc, date_from_parts(2024,1,1) dfp, timestamp_from_parts(2024,1,1,0,0,0) tfp, time_from_parts(1,2,3) tmf, convert_timezone('UTC', 'America/New_York', created_at) cz, convert_timezone('UTC', created_at) cz2 from orders
-- m: date?
-- m2: timestamp?
-- d: date
-- h: date?
-- dd: integer?
-- s: integer?
-- ta: timestamp?
-- ts: timestamp?
-- l: date?
-- l2: date?
-- nd: date?
-- pd: date?
-- dn: text?
-- mn: text?
-- ep: integer?
-- dow: integer?
-- w: integer?
-- wi: integer?
-- di: integer?
-- yw: integer?
-- ywi: integer?
-- q: integer?
-- hh: integer?
-- am: date?
-- mb: number?
-- tc: text?
-- dfp: date
-- tfp: timestamp
-- tmf: time
-- cz: timestamp?
-- cz2: timestamp?

select iff(amount > 10, 'big', 'small') s, ifnull(amount, 0) i, nvl(status, 'x') n, nvl2(status, 1, 2) n2, zeroifnull(amount) z, nullifzero(amount) nz, decode(status, 'a', 1, 'b', 2, 0) d, coalesce(status, 'x') c, greatest(amount, 3) g, least_ignore_nulls(amount, quantity) li, greatest_ignore_nulls(amount, 2) gi, equal_null(status, 'x') e, regr_valx(amount, quantity) rv, div0(amount, 0) dz, div0null(amount, quantity) dzn, nullif(status, 'x') ni, booland_agg(is_paid) over () b, boolor(1, 0) bo, boolnot(1) bn, booland(1,0) ba, boolxor(1,0) bx from orders
-- s: text
-- i: decimal
-- n: text
-- n2: integer
-- z: decimal
-- nz: decimal?
-- d: integer
-- c: text
-- g: decimal?
-- li: number?
-- gi: decimal
-- e: boolean
-- rv: number?
-- dz: decimal?
-- dzn: number?
-- ni: text?
-- b: boolean?
-- bo: boolean
-- bn: boolean
-- ba: boolean
-- bx: boolean

select details:a.b[0].c::string as x, details['a']['b']::number(10,2) y, details:"A b"::date z, get(details, 'a') g, get_path(details, 'a.b') gp, get_ignore_case(meta, 'A') gic, tags[0]::string t0, meta:k::float mk, object_keys(meta) ok, typeof(details:a) ty, is_array(details) ia, is_null_value(details:a) nv, as_integer(details:a) ai, as_varchar(details:b) av, as_date(details) ad, array_size(tags) sz, array_contains('a'::variant, tags) ac, array_to_string(tags, ',') ats, array_slice(tags, 0, 2) asl, array_distinct(tags) adi, array_cat(tags, tags) acat, array_append(tags, 1) aap, array_intersection(tags, tags) ain, array_except(tags,tags) aex, array_position('a'::variant, tags) ap, array_flatten(tags) afl, array_sort(tags) aso, array_min(tags) amin, array_max(tags) amx, array_compact(tags) acm, array_insert(tags, 0, 1) ais, array_prepend(tags, 1) apr, array_remove(tags, 1) arm, array_generate_range(1, 5) agr, arrays_overlap(tags, tags) ao, arrays_to_object(tags, tags) ato, arrays_zip(tags, tags) az, strtok_to_array(status, ' ') sta, split(status, ',') sp, split(status, ',')[0]::string sp0, to_json(details) tj, parse_json(status) pj, check_json(status) cj, strip_null_value(details) snv, object_delete(meta, 'a') od, object_insert(meta, 'a', 1) oi, object_pick(meta, 'a') opk, to_array(details) ta, to_object(details) tob, parse_xml(status) px, xmlget(parse_xml(status), 'a') xg from orders
-- x: text?
-- y: decimal?
-- z: date?
-- g: json?
-- gp: json?
-- gic: json?
-- t0: text?
-- mk: number?
-- ok: json?
-- ty: text?
-- ia: boolean?
-- nv: boolean?
-- ai: integer?
-- av: text?
-- ad: date?
-- sz: integer?
-- ac: boolean?
-- ats: text?
-- asl: json?
-- adi: json?
-- acat: json?
-- aap: json?
-- ain: json?
-- aex: json?
-- ap: integer?
-- afl: json?
-- aso: json?
-- amin: json?
-- amx: json?
-- acm: json?
-- ais: json?
-- apr: json?
-- arm: json?
-- agr: json
-- ao: boolean?
-- ato: json?
-- az: json?
-- sta: json?
-- sp: json?
-- sp0: text?
-- tj: text?
-- pj: json?
-- cj: text?
-- snv: json?
-- od: json?
-- oi: json?
-- opk: json?
-- ta: json?
-- tob: json?
-- px: json?
-- xg: json?

select * exclude (details, tags, meta) from orders
-- order_id: integer
-- customer_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amount: decimal?
-- status: text?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?

select * exclude details rename (status as state, amount as amt) from orders
-- order_id: integer
-- customer_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amt: decimal?
-- state: text?
-- tags: json?
-- meta: json?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?

select o.* exclude (details) replace (amount * 2 as amount), c.name from orders o join customers c on o.customer_id = c.customer_id
-- order_id: integer
-- customer_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amount: decimal?
-- status: text?
-- tags: json?
-- meta: json?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?
-- name: text?

select * ilike '%id%' from orders
-- order_id: integer
-- customer_id: integer
-- is_paid: boolean?

select name from customers where name ilike any ('a%', 'b%') or name like all ('%x%', '%y%') or name rlike '^a' or name regexp 'b$' or not name ilike 'x%' escape '!'
-- name: text?

select customer_id, sys_connect_by_path(name, '/') p, level from customers start with parent_id is null connect by prior customer_id = parent_id
-- customer_id: integer
-- p: text?
-- level: integer

select * from orders sample (10)
-- order_id: integer
-- customer_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amount: decimal?
-- status: text?
-- details: json?
-- tags: json?
-- meta: json?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?

select o.order_id, p.price from orders o asof join prices p match_condition (o.created_at >= p.ts) on o.status = p.symbol
-- order_id: integer
-- price: number?

select region, status, count(*) n, sum(amount) s, avg(amount) a, min(order_date) mi, max(created_at) ma from orders join customers using (customer_id) group by all order by all
-- region: text?
-- status: text?
-- n: integer
-- s: decimal?
-- a: decimal?
-- mi: date?
-- ma: timestamp?

select region, grouping(region) g, grouping_id(region, status) gi, count_if(amount > 3) ci, approx_count_distinct(customer_id) ac, hll(customer_id) hl, median(amount) md, mode(status) mo, stddev(amount) sd, variance(amount) v, var_pop(amount) vp, stddev_samp(amount) ss, corr(amount, quantity) co, covar_pop(amount, quantity) cp, regr_slope(amount, quantity) rs, percentile_cont(0.5) within group (order by amount) pc, percentile_disc(0.9) within group (order by order_date) pdc, approx_percentile(amount, 0.9) ap, any_value(status) av, min_by(status, amount) mb, max_by(order_date, amount) mxb, max_by(status, amount, 3) mx3, array_unique_agg(status) aua, bitand_agg(order_id) ba, boolor_agg(is_paid) bo, skew(amount) sk, kurtosis(amount) ku, approx_top_k(status, 3) atk, hash_agg(status) ha, approximate_jaccard_index(order_id) aj, sum(distinct amount) sda, count(distinct status, region) cds, bitor_agg(order_id) bor, minhash(5, status) mh from orders join customers using (customer_id) group by cube (region, status)
-- region: text?
-- g: integer
-- gi: integer
-- ci: integer
-- ac: integer
-- hl: integer
-- md: decimal?
-- mo: text?
-- sd: number?
-- v: number?
-- vp: number?
-- ss: number?
-- co: number?
-- cp: number?
-- rs: number?
-- pc: number?
-- pdc: date?
-- ap: number?
-- av: text?
-- mb: text?
-- mxb: date?
-- mx3: json?
-- aua: json
-- ba: integer?
-- bo: boolean?
-- sk: number?
-- ku: number?
-- atk: json?
-- ha: integer
-- aj: number?
-- sda: decimal?
-- cds: integer
-- bor: integer?
-- mh: json?

select lag(amount) over (order by order_date) l, lag(amount, 1, 0) over (order by order_date) l0, lead(status) ignore nulls over (partition by customer_id order by order_date) le, first_value(status) over (partition by customer_id order by order_date) fv, last_value(status ignore nulls) over (partition by customer_id order by order_date rows between unbounded preceding and unbounded following) lv, nth_value(status, 2) over (order by order_date) nv, ntile(4) over (order by amount) nt, rank() over (order by amount) r, dense_rank() over (order by amount) dr, percent_rank() over (order by amount) pr, cume_dist() over (order by amount) cd, ratio_to_report(amount) over (partition by status) rr, conditional_change_event(status) over (order by order_date) cce, conditional_true_event(is_paid) over (order by order_date) cte, width_bucket(amount, 0, 100, 10) wb, sum(amount) over (partition by customer_id order by order_date range between interval '7 days' preceding and current row) rs from orders
-- l: decimal?
-- l0: decimal?
-- le: text?
-- fv: text?
-- lv: text?
-- nv: text?
-- nt: integer
-- r: integer
-- dr: integer
-- pr: number
-- cd: number
-- rr: number?
-- cce: integer?
-- cte: integer?
-- wb: integer?
-- rs: decimal?

with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select n, n * 1.5 as x from t
-- n: integer
-- x: decimal

with daily as (select date_trunc('day', created_at)::date as d, sum(amount) as rev from orders group by 1) select d, rev, lag(rev) over (order by d) as prev, round(100 * (rev - prev) / nullif(prev, 0), 2) as growth, avg(rev) over (order by d rows between 6 preceding and current row) as ma7, sum(rev) over () as total, rev / total as share from daily qualify row_number() over (order by rev desc) <= 10 order by d
-- d: date?
-- rev: decimal?
-- prev: decimal?
-- growth: decimal?
-- ma7: decimal?
-- total: decimal?
-- share: decimal?

select payload:user.id::int as uid, payload:items[0].sku::varchar as sku, payload:ts::timestamp_ntz as t, payload:flags as f, count(*) as n from events where payload:type::string in ('a', 'b') and payload:n > 3 and kind ilike '%x%' group by all having n > 2 order by n desc nulls last limit 10 offset 5
-- uid: integer?
-- sku: text?
-- t: timestamp?
-- f: json?
-- n: integer

select e.event_id, i.value:name::string nm, j.value::number q from events e, lateral flatten(input => e.payload:items) i, table(flatten(i.value:parts)) j
-- event_id: text
-- nm: text?
-- q: integer?

select e.event_id, t.value::string as tag from events e, table(split_to_table(e.kind, ',')) as t where t.index = 1
-- event_id: text
-- tag: text?

select c.name, o.n from customers c left join lateral (select count(*) as n from orders o where o.customer_id = c.customer_id) o
-- name: text?
-- n: integer?

select name, region from customers where customer_id in (select customer_id from orders where amount > all (select 3)) and exists (select 1 from orders o where o.customer_id = customers.customer_id) and region is distinct from 'x'
-- name: text?
-- region: text?

select region from customers minus select status from orders
-- region: text?

select region as r, 1 as x from customers union by name select 2 as x, status as r from orders
-- r: text?
-- x: integer

select column1 as a, column2 as b from (values (1, 'a'), (2, null)) v
-- a: integer
-- b: text?

select t.a, t.b from (values (1, 'x'), (2, 'y')) as t(a, b)
-- a: integer
-- b: text

select object_construct(*) as row_json from customers
-- row_json: json

select current_timestamp() as now, current_timestamp as now2, sysdate() as s, current_date - 7 as w, dateadd('month', -1, date_trunc('month', current_date)) as m, '2024-01-01'::date + interval '3 days' as i, current_date() - interval '1 month' as j, datediff('day', min(order_date), max(order_date)) + 1 as days from orders
-- now: timestamp
-- now2: timestamp
-- s: timestamp
-- w: date
-- m: date
-- i: date
-- j: date
-- days: integer?

select order_date - 1 as y, order_date - signup_date as d, created_at - interval '1 hour' as h, order_date + 1 as t, order_date > '2024-01-01' as b from orders o join customers c on o.customer_id = c.customer_id and o.order_date between c.signup_date and current_date
-- y: date
-- d: integer
-- h: timestamp?
-- t: date
-- b: boolean

select count(*) over (partition by region) as n, name || ' ' || coalesce(region, '') as label, concat(name, '-', region) as l2, concat_ws('-', name, region) l3, upper(name) u, initcap(name) i, split_part(email, '@', 2) dom, regexp_substr(email, '@(.*)', 1, 1, 'e') rs, regexp_replace(name, 'a') rr, left(name, 3) l, lpad(name, 10, '0') lp, length(name) len, charindex('a', name) ci, contains(name, 'a') co, startswith(name, 'a') sw, ltrim(name) lt, md5(email) md, hash(name) ha, sha2(email, 256) s2, substr(name, 1, 2) su, translate(name, 'a', 'b') tr, reverse(name) re, ascii(name) ac, editdistance(name, region) ed, jarowinkler_similarity(name, region) jw, soundex(name) so, to_varchar(customer_id) tv, to_char(signup_date, 'MON') tc, uuid_string() us, randstr(5, random()) rd, base64_encode(name) be, try_base64_decode_string(name) tb, parse_url(email) pu, collate(name, 'en') col, repeat('a', 3) rp, insert(name, 1, 2, 'x') ins, strtok(name, ' ', 1) st, space(3) sp, trim(name, 'x') tm, bit_length(name) bl from customers
-- n: integer
-- label: text?
-- l2: text?
-- l3: text?
-- u: text?
-- i: text?
-- dom: text?
-- rs: text?
-- rr: text?
-- l: text?
-- lp: text?
-- len: integer?
-- ci: integer?
-- co: boolean?
-- sw: boolean?
-- lt: text?
-- md: text?
-- ha: integer
-- s2: text?
-- su: text?
-- tr: text?
-- re: text?
-- ac: integer?
-- ed: integer?
-- jw: integer?
-- so: text?
-- tv: text
-- tc: text?
-- us: text
-- rd: text
-- be: text?
-- tb: text?
-- pu: json?
-- col: text?
-- rp: text
-- ins: text?
-- st: text?
-- sp: text
-- tm: text?
-- bl: integer?

select abs(amount) a, ceil(amount) c, floor(amount, 1) f, round(amount, 1) r, round(quantity) rq, mod(order_id, 2) m, order_id % 2 m2, power(quantity, 2) p, sqrt(amount) s, exp(1) e, ln(amount) l, log(10, amount) lg, sign(amount) sg, trunc(amount, 1) t, truncate(amount) t2, greatest(amount, 1, 2) g, least(order_date, current_date) le, pi() pi, random() rnd, uniform(1, 10, random()) un, div0(amount, quantity) d0, amount / 3 am, order_id / 2 od, amount * quantity aq, -amount neg, square(quantity) sq, factorial(3) fa, cbrt(quantity) cb, bitand(order_id, 1) ba, bitshiftleft(order_id, 2) bs, width_bucket(amount, 0, 10, 5) wb, haversine(1,2,3,4) hv, normal(0, 1, random()) nm, degrees(1) dg, zipf(1, 10, random()) zf, seq8() s8 from orders
-- a: decimal?
-- c: integer?
-- f: decimal?
-- r: decimal?
-- rq: number?
-- m: integer
-- m2: integer
-- p: number?
-- s: number?
-- e: number
-- l: number?
-- lg: number?
-- sg: integer?
-- t: decimal?
-- t2: decimal?
-- g: decimal?
-- le: date?
-- pi: number
-- rnd: integer
-- un: integer
-- d0: number?
-- am: decimal?
-- od: decimal
-- aq: number?
-- neg: decimal?
-- sq: number?
-- fa: integer
-- cb: number?
-- ba: integer
-- bs: integer
-- wb: integer?
-- hv: number
-- nm: number
-- dg: number
-- zf: integer
-- s8: integer

select st_distance(g.geom, st_makepoint(1, 2)) d, st_x(g.geom) x, st_within(g.geom, h.geom) w, st_astext(geom1) t, st_area(g.geom) ar, h3_latlng_to_cell(g.lat, g.lon, 8) h3, st_geogfromtext('POINT(1 2)') gg, st_buffer(g.geom, 2) b, st_asgeojson(g.geom)::string js from geo g join geo h on st_dwithin(g.geom, h.geom, 1000), lateral (select g.geom as geom1)
-- d: number?
-- x: number?
-- w: boolean?
-- t: text?
-- ar: number?
-- h3: integer?
-- gg: json
-- b: json?
-- js: text?

select * from orders unpivot include nulls (v for k in (amount, quantity))
-- order_id: integer
-- customer_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- status: text?
-- details: json?
-- tags: json?
-- meta: json?
-- is_paid: boolean?
-- opened: time?
-- k: text
-- v: number?

select region, month, sales from (select region, 1 as jan, 2 as feb from customers) unpivot (sales for month in (jan as 'January', feb as 'February'))
-- region: text?
-- month: text
-- sales: integer

select top 10 name from customers order by 1
-- name: text?

select distinct region, first_value(name) over (partition by region order by signup_date) as first_name from customers fetch first 5 rows only
-- region: text?
-- first_name: text?

select listagg(distinct region, '|') within group (order by region) over (partition by status) x, array_agg(distinct region) as y, array_to_string(array_agg(region) within group (order by region), ',') z, object_agg(region, 1) ob, array_agg(object_construct('n', name, 'e', email)) arr from customers join orders using (customer_id) group by status
-- x: text
-- y: json
-- z: text
-- ob: json
-- arr: json

select a.customer_id, b.customer_id as other from customers a cross join customers b where a.customer_id < b.customer_id limit 5
-- customer_id: integer
-- other: integer

select * from customers natural join orders
-- customer_id: integer
-- name: text?
-- email: text?
-- region: text?
-- signup_date: date?
-- parent_id: integer
-- profile: json?
-- order_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amount: decimal?
-- status: text?
-- details: json?
-- tags: json?
-- meta: json?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?

select c.*, o.* exclude customer_id from customers c full outer join orders o using (customer_id)
-- customer_id: integer?
-- name: text?
-- email: text?
-- region: text?
-- signup_date: date?
-- parent_id: integer?
-- profile: json?
-- order_id: integer?
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amount: decimal?
-- status: text?
-- details: json?
-- tags: json?
-- meta: json?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?

select to_timestamp(1700000000) a, to_timestamp_ntz('2024-01-01') b, to_date('20240101', 'YYYYMMDD') c, to_time('10:00') d, to_date(created_at) e, created_at::date f, date(created_at) g, to_timestamp(order_date) h, date_part('year', order_date) i, year(order_date) j, monthname(order_date) k, to_char(created_at, 'HH24') l, extract(epoch from created_at) m, time_slice(order_date, 1, 'week') n, created_at::time o, date_trunc('week', order_date)::date p, last_day(order_date, 'month') q, timestampdiff('hour', created_at, current_timestamp) r, dateadd(week, 1, created_at) s, dayofyear(order_date) t, to_timestamp_tz('2024-01-01 00:00:00 +01:00') u, created_at at time zone 'UTC' v, year(order_date) * 100 + month(order_date) w from orders
-- a: timestamp
-- b: timestamp
-- c: date
-- d: time
-- e: date?
-- f: date?
-- g: date?
-- h: timestamp?
-- i: integer?
-- j: integer?
-- k: text?
-- l: text?
-- m: integer?
-- n: date?
-- o: time?
-- p: date?
-- q: date?
-- r: integer?
-- s: timestamp?
-- t: integer?
-- u: timestamp
-- v: timestamp?
-- w: integer?

select seq4() as i, dateadd(day, row_number() over (order by null) - 1, '2024-01-01'::date) as d from table(generator(rowcount => 365))
-- i: integer
-- d: date

select name, case region when 'a' then 1 when 'b' then 2.5 else 0 end as x, case when signup_date is null then 'none' end as y, (select max(amount) from orders o where o.customer_id = c.customer_id) as mx, customer_id in (1, 2) as z from customers c
-- name: text?
-- x: decimal
-- y: text?
-- mx: decimal?
-- z: boolean

with a as (select * from orders), b as (select *, rank() over (partition by customer_id order by order_date) as rk from a) select * exclude (details, tags, meta, rk) from b where rk = 1
-- order_id: integer
-- customer_id: integer
-- order_date: date?
-- created_at: timestamp?
-- updated_at: timestamp?
-- amount: decimal?
-- status: text?
-- quantity: number?
-- is_paid: boolean?
-- opened: time?

select array_contains('a'::variant, tags) x, tags[0] y, array_size(tags) z, filter(tags, t -> t:v > 3) f, transform(tags, t int -> t + 1) g, reduce(tags, 0, (acc, v) -> acc + v) h from orders
-- x: boolean?
-- y: json?
-- z: integer?
-- f: json?
-- g: json?
-- h: json?

select "o"."ORDER_ID", o."AMOUNT" as "Amt Total" from orders as "o"
-- order_id: integer
-- Amt Total: decimal?

select table1.name from customers as table1 inner join (select customer_id, max(order_date) last_order from orders group by customer_id) lo on lo.customer_id = table1.customer_id where lo.last_order < dateadd(day, -90, current_date())
-- name: text?

select * from customers at (timestamp => '2024-01-01'::timestamp)
-- customer_id: integer
-- name: text?
-- email: text?
-- region: text?
-- signup_date: date?
-- parent_id: integer
-- profile: json?

select * from customers before (statement => 'x')
-- customer_id: integer
-- name: text?
-- email: text?
-- region: text?
-- signup_date: date?
-- parent_id: integer
-- profile: json?

select name from identifier('customers')
-- name: unknown

select count(*) as n, count_if(is_paid) as p, ratio_to_report(sum(amount)) over () as share, sum(sum(amount)) over (order by status) as running, percent_rank() over (order by sum(amount)) pr, max(order_date)::timestamp mx, any_value(details:x) av, mode(status) md, min_by(status, order_date) mb, approx_percentile(amount, 0.5) ap, percentile_cont(0.5) within group (order by quantity) pc, stddev_pop(amount) sp, var_samp(amount) vs, kurtosis(amount) ku, corr(amount, quantity) co, regr_slope(amount, quantity) rs, bitor_agg(order_id) bo, hash_agg(*) ha, array_unique_agg(status) au from orders group by status
-- n: integer
-- p: integer
-- share: number?
-- running: decimal?
-- pr: number
-- mx: timestamp?
-- av: json?
-- md: text?
-- mb: text?
-- ap: number?
-- pc: number?
-- sp: number?
-- vs: number?
-- ku: number?
-- co: number?
-- rs: number?
-- bo: integer
-- ha: integer
-- au: json

select {'a': 1, 'b': name} as literal, [1, 2] as numbers from customers
-- literal: json
-- numbers: json

select snowflake.cortex.complete('llama3.1-8b', 'Greet ' || name) as greeting, SNOWFLAKE.CORTEX.SENTIMENT(name) mood, snowflake.cortex.translate('Hallo', 'de', 'en') hello, translate(name, 'a', 'b') letters, snowflake.cortex.extract_answer(name, 'Who?') who, ai_complete('claude-4-sonnet', name) plain, ai_complete(model => 'claude-4-sonnet', prompt => name, response_format => {'type': 'json'}) formatted, ai_classify(name, ['a', 'b']):labels[0]::text label, ai_similarity(name, 'Jo') close, ai_count_tokens('ai_complete', 'llama3.1-8b', name) tokens, ai_embed('e5-base-v2', name) vector from customers where ai_filter('Is a person: ' || name)
-- greeting: text?
-- mood: number?
-- hello: text
-- letters: text?
-- who: json?
-- plain: text?
-- formatted: json?
-- label: text?
-- close: number?
-- tokens: integer?
-- vector: json?

select region, ai_agg(name, 'What do these have in common?') as common, ai_summarize_agg(name) as summary from customers group by region
-- region: text?
-- common: text?
-- summary: text?

select percentile_disc(0.5) within group (order by order_date) as middle, percentile_disc(0.5) within group (order by amount desc) over (partition by status) as typical from orders group by status, amount
-- middle: date?
-- typical: decimal?

select max_by(order_id, amount) as best, max_by(order_id, amount, 3) as best_three, min_by(order_id, order_id) as least, min_by(order_id, order_id, 2) as least_two from orders group by customer_id
-- best: integer?
-- best_three: json?
-- least: integer
-- least_two: json

select strtok('a b', ' ', 3) as part, split_part('a b', ' ', 3) as split, regexp_substr_all('a1b2', '[0-9]') as digits, regexp_extract_all(status, 'x') as found, hash(status, amount) as hashed, md5_number_lower64('a') as low from orders
-- part: text?
-- split: text
-- digits: json
-- found: json?
-- hashed: integer
-- low: decimal

select div0(order_id, customer_id) as share, div0null(order_id, quantity) as rest, div0null(order_id, order_id) as plain, mod(order_id, 1.5) as m, mod(order_id, 2) as two from orders
-- share: decimal
-- rest: number
-- plain: decimal
-- m: decimal
-- two: integer

select iff(is_paid, 'paid', 'open') as state, iff(is_paid, status, 'open') as status_or, nvl2(status, 'known', 'not') as known, nvl2(status, status, 'not') as had, decode(status, 'a', 1, 'b', 2) as open_end, decode(status, 'a', 1, 0) as closed, decode(status, 'a', amount, 0) as amounts from orders
-- state: text
-- status_or: text?
-- known: text
-- had: text?
-- open_end: integer?
-- closed: integer
-- amounts: decimal?

select hash_agg(status) as h, uniform(1, 10, random()) as die, uniform(0::float, 1::float, random()) as share from orders
-- h: integer
-- die: integer
-- share: number

select order_id, ratio_to_report(order_id) over () as share, array_construct(status, amount) as a, object_construct('a', status) as o from orders
-- order_id: integer
-- share: number?
-- a: json
-- o: json

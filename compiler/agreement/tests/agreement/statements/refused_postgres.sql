-- S425
select name, count(*) as n from people;
-- S425
select p.email, p.salary, count(*) as n from people p group by p.email;
-- S425
select t.kind, sum(l.amount) as s from tasks t join logs l on l.task = t.id;
-- S425
select l.task, t.title, sum(l.amount) as s from tasks t join logs l on l.task = t.id group by l.task;
-- S425
with k as (select kind, spent from tasks) select kind, spent, count(*) as n from k group by kind;
-- S425
select email, rank() over (order by salary) as place from people group by email;
-- S425
select (select max(id) from tasks) as top, email, count(*) as n from people;
-- S425
select email as who, salary, count(*) as n from people group by 1;
-- S425
select email, case when active then 1 else 0 end as a from people group by rollup (email);
-- S428
select sum(name) as s from people;
-- S428
select sum(active) as s from people;
-- S428
select upper(id) as u from people;
-- S428
select left(hired, 4) as y from people;
-- S428
select round(name) as r from people;
-- S427
select split_part(email, '@') as d from people;
-- S427
select count(distinct id, name) as n from people;
-- S409
select id from people where hired > 30;
-- S409
select id from people where active = 1;
-- S409
select id from people where name = hired;
-- S409
select id from people where born in (1, 2);
-- S425
select id, name, count(*) as n from people group by id;
-- S425
select l.sku, sum(l.amount) as s from deal_lines l group by l.deal_id;
-- S425
select d.owner, l.sku from deals d join deal_lines l on l.deal_id = d.deal_id group by d.deal_id;
-- S425
select deal_id, owner, count(*) as n from deals group by rollup (deal_id);
-- S425
select owner, count(*) as n from (select * from deals) d group by deal_id;
-- S425
select owner, count(*) as n from deals group by upper(deal_id::text);
-- S425
select d.*, count(*) as n from deals d group by d.owner;
-- S425
select * from tasks group by kind;
-- S425
select hired, count(*) as n from people group by date_trunc('month', hired);
-- S425
select seen, count(*) as n from tasks group by seen::date;
-- S425
select kind, count(*) as n from tasks group by kind having spent > 3;
-- S425
select kind, count(*) as n from tasks group by kind order by spent;
-- S425
select kind, count(*) as n from tasks group by kind order by upper(title);
-- S425
select count(*) as n from tasks order by id;
-- S425
select sum(spent) as spent, spent / 2 as half from tasks group by kind;
-- S425
select kind, spent as spent, count(*) as n from tasks group by kind;
-- S425
select deal_id, count(*) as n from deals d join deal_lines l using (deal_id);
-- S430
select hired as x from people union select name as x from people;
-- S430
select id as x from people union all select active from people;
-- S430
select hired as x from people except select email from people;
-- S430
select coalesce(left_on, 'never') as l from people;
-- S430
select coalesce(boss, 'none') as b from people;
-- S430
select case when active then id else 'x' end as c from people;
-- S430
select case when active then 'x' when id > 3 then hired else name end as c from people;
-- S430
select greatest(id, name) as g from people;
-- S430
select coalesce(email, hired) as g from people;
-- S431
select name + 1 as n from people;
-- S431
select name + name as n from people;
-- S431
select hired + 1.5 as d from people;
-- S431
select born + 1 as d from people;
-- S431
select active + 1 as d from people;
-- S431
select hired + hired as d from people;
-- S431
select hired * 2 as d from people;
-- S431
select 1 - hired as d from people;
-- S432
select distinct name from people order by id;
-- S432
select distinct p.name, upper(p.email) as e from people p order by p.email;
-- S404
select id from people where name == 'x';
-- S404
select p.id from people p join tasks t where t.owner = p.id;
-- S404
select p.id from people p left join tasks t;

-- More of the same with what PostgreSQL has and SQLite has not.
select channel, id, sum(sales) as sales, sum(returns) as returns from (
  select 'store channel' as channel, 'store' || s_store_id as id, sum(ss_ext_sales_price) as sales, sum(cast(0 as decimal(7,2))) as returns
  from store_sales, store where ss_store_sk = s_store_sk group by s_store_id
  union all
  select 'web channel', 'web_site' || web_site_id, sum(ws_ext_sales_price), sum(ws_net_profit) from web_sales, web_site where ws_web_site_sk = web_site_sk group by web_site_id) as x
group by rollup (channel, id) order by channel, id limit 100;
select i_product_name, i_brand, i_class, i_category, avg(inv_quantity_on_hand) as qoh
from inventory, date_dim, item where inv_date_sk = d_date_sk and inv_item_sk = i_item_sk
group by rollup (i_product_name, i_brand, i_class, i_category) order by qoh, i_product_name limit 100;
select sum(ws_net_paid) as total_sum, i_category, i_class, grouping(i_category) + grouping(i_class) as lochierarchy,
       rank() over (partition by grouping(i_category) + grouping(i_class), case when grouping(i_class) = 0 then i_category end order by sum(ws_net_paid) desc) as rank_within_parent
from web_sales, date_dim d1, item where d1.d_date_sk = ws_sold_date_sk and i_item_sk = ws_item_sk
group by rollup (i_category, i_class) order by lochierarchy desc, rank_within_parent;
select i_item_id, ca_country, ca_state, ca_county, avg(cast(cs_quantity as decimal(12,2))) as agg1, avg(cast(c_birth_year as decimal(12,2))) as agg6
from catalog_sales, buyer, customer_address, item where cs_item_sk = i_item_sk and cs_bill_customer_sk = c_customer_sk and c_current_addr_sk = ca_address_sk
group by rollup (i_item_id, ca_country, ca_state, ca_county) order by ca_country, ca_state, ca_county, i_item_id limit 100;
select i_category, d_year, sum(ss_sales_price) as s, grouping(i_category, d_year) as g from store_sales, item, date_dim
where ss_item_sk = i_item_sk and ss_sold_date_sk = d_date_sk group by cube (i_category, d_year);
select i_category, d_year, sum(ss_sales_price) as s from store_sales, item, date_dim
where ss_item_sk = i_item_sk and ss_sold_date_sk = d_date_sk group by grouping sets ((i_category), (d_year), ());
select w_state, i_item_id, sum(case when cast(d_date as date) < cast('1995-03-11' as date) then cs_sales_price - coalesce(cr_return_amount, 0) else 0 end) as sales_before
from catalog_sales left outer join catalog_returns on (cs_order_number = cr_order_number and cs_item_sk = cr_item_sk), warehouse, item, date_dim
where i_item_sk = cs_item_sk and cs_warehouse_sk = w_warehouse_sk and cs_sold_date_sk = d_date_sk group by w_state, i_item_id order by 1, 2;
select stddev_samp(inv_quantity_on_hand) as stdev, avg(inv_quantity_on_hand) as mean, w_warehouse_sk, i_item_sk, d_moy,
       case avg(inv_quantity_on_hand) when 0 then null else stddev_samp(inv_quantity_on_hand) / avg(inv_quantity_on_hand) end as cov
from inventory, item, warehouse, date_dim where inv_item_sk = i_item_sk and inv_warehouse_sk = w_warehouse_sk and inv_date_sk = d_date_sk
group by w_warehouse_sk, i_item_sk, d_moy;
select d1.d_week_seq, count(*) as total_cnt, sum(case when p_promo_sk is null then 1 else 0 end) as no_promo
from catalog_sales join inventory on (cs_item_sk = inv_item_sk) join date_dim d1 on (cs_sold_date_sk = d1.d_date_sk)
left outer join promotion on (cs_promo_sk = p_promo_sk) where d1.d_date + 5 > date '1992-01-01' group by d1.d_week_seq;
select d_date, d_date + interval '30 days' as due, d_date - 7 as week_before, extract(dow from d_date) as dow, date_part('quarter', d_date) as q from date_dim;
select s_store_name, percentile_cont(0.5) within group (order by s_floor_space) as median, mode() within group (order by s_city) as usual from store group by s_store_name;
select i_category, string_agg(distinct i_brand, ', ' order by i_brand) as brands, array_agg(i_item_sk order by i_item_sk) as items, count(*) filter (where i_current_price > 20) as dear from item group by i_category;
select distinct on (i_category) i_category, i_item_id, i_current_price from item order by i_category, i_current_price desc nulls last;
select s.s_store_name, best.i_item_id, best.total from store s cross join lateral (
  select i_item_id, sum(ss_net_paid) as total from store_sales join item on i_item_sk = ss_item_sk where ss_store_sk = s.s_store_sk group by i_item_id order by 2 desc nulls last limit 3) as best;
select s.s_store_name, best.i_item_id from store s left join lateral (select i_item_id from item where i_item_sk = s.s_market_id limit 1) as best on true;

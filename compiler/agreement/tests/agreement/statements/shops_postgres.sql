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
with results as (select i_category, i_class, sum(ss_net_profit) as ss_net_profit, sum(ss_ext_sales_price) as ss_ext_sales_price, 0 as g_category, 0 as g_class from store_sales, item where i_item_sk = ss_item_sk group by i_category, i_class),
results_rollup as (select i_category, i_class, ss_net_profit / nullif(ss_ext_sales_price, 0) as gross_margin, 0 as t_category, 0 as lochierarchy from results
  union select i_category, null as i_class, sum(ss_net_profit) / nullif(sum(ss_ext_sales_price), 0), 0, 1 from results group by i_category)
select gross_margin, i_category, i_class, lochierarchy, rank() over (partition by lochierarchy, case when t_category = 0 then i_category end order by gross_margin asc) as rank_within_parent from results_rollup;
select d_year, d_moy, sum(ss_net_paid) as paid, sum(sum(ss_net_paid)) over w as so_far, avg(sum(ss_net_paid)) over (w rows between 2 preceding and current row) as smooth
from store_sales join date_dim on ss_sold_date_sk = d_date_sk group by d_year, d_moy window w as (partition by d_year order by d_moy);
select i_category, count(*) filter (where ss_quantity > 10) as large, sum(ss_net_paid) filter (where p_channel_email = 'N') as plain, bool_or(p_channel_tv = 'Y') as on_tv, corr(ss_quantity, ss_net_paid) as c, regr_slope(ss_net_paid, ss_quantity) as slope
from store_sales join item on i_item_sk = ss_item_sk left join promotion on p_promo_sk = ss_promo_sk group by i_category;
select c_customer_id, upper(left(c_first_name, 1)) || lower(substring(c_first_name from 2)) as shown, concat_ws(' ', c_first_name, c_last_name) as full_name, split_part(c_email_address, '@', 2) as domain,
       make_date(c_birth_year, coalesce(c_birth_month, 1), 1) as born, (c_preferred_cust_flag = 'Y') is true as preferred from buyer;
select w.w_warehouse_name, days.d_week_seq, coalesce(stock.on_hand, 0) as on_hand from warehouse w cross join (select distinct d_week_seq from date_dim) as days
left join lateral (select sum(inv_quantity_on_hand) as on_hand from inventory join date_dim d on inv_date_sk = d.d_date_sk where inv_warehouse_sk = w.w_warehouse_sk and d.d_week_seq = days.d_week_seq) as stock on true;
select i_item_id, i_current_price, width_bucket(i_current_price, 0, 100, 10) as bucket, greatest(i_current_price, i_wholesale_cost) as top, i_current_price between symmetric i_wholesale_cost and 10 as within from item;

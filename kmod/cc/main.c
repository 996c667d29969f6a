// SPDX-License-Identifier: GPL-2.0
/*
 * The congestion control "liteflow": module, apps and ops tables.
 *
 * TCP calls a module's functions on sockets that it never initialised (SYN
 * timeouts, state changes before the handshake is over, MPTCP parents that are
 * no tcp_sock): everything here takes a missing state for Reno.
 */
#include <linux/inet_diag.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "../compat/compat.h"
#include "cc.h"

struct lf_app *lf_cc_aurora;
struct lf_app *lf_cc_mocc;

/* A name under which sockets ask for us, and what they strive for then. */
struct lf_cc_variant {
	struct tcp_congestion_ops network;
	/* Never registered: a socket comes here only from the one above. */
	struct tcp_congestion_ops reno;
	const s32 *weight;	/* NULL: as the cgroup or namespace has it */
};

#define LF_CC_VARIANTS	4
static struct lf_cc_variant lf_cc_variants[LF_CC_VARIANTS];
static struct kmem_cache *lf_cc_cache;

static const struct lf_cc_variant *lf_cc_variant(const struct sock *sk)
{
	const struct tcp_congestion_ops *ops = inet_csk(sk)->icsk_ca_ops;
	int i;

	for (i = 0; i < LF_CC_VARIANTS - 1; i++) {
		if (ops == &lf_cc_variants[i].network ||
		    ops == &lf_cc_variants[i].reno)
			break;
	}
	return &lf_cc_variants[i];
}

/* The kernel's Reno from here on; for good if the socket has no state. */
void lf_cc_fall_back(struct sock *sk, enum lf_reason reason)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct lf_cc *cc = lf_cc(sk);
	u64 window;

	inet_csk(sk)->icsk_ca_ops = &lf_cc_variant(sk)->reno;
	if (!cc)
		return;
	cc->phase = LF_CC_RENO;
	cc->resume = jiffies + msecs_to_jiffies(READ_ONCE(lf_cc_guard_hold_ms));
	lf_flow_fallback(cc->flow, reason);
	if (!lf_cc_bw(cc) || !tp->mss_cache)
		return;
	/* Reno starts from what the path carried, not from our rate. */
	window = div_u64(lf_cc_bw(cc) *
			 min_t(u32, lf_aurora_base(&cc->aurora), USEC_PER_SEC),
			 USEC_PER_SEC);
	window = div_u64(window, tp->mss_cache);
	tcp_snd_cwnd_set(tp, clamp_t(u64, window, LF_CC_MIN_CWND,
				     tp->snd_cwnd_clamp));
	tp->snd_ssthresh = tcp_snd_cwnd(tp);
}

/* The network's again, from a new start phase. */
void lf_cc_take_over(struct sock *sk)
{
	struct lf_cc *cc = lf_cc(sk);

	inet_csk(sk)->icsk_ca_ops = &lf_cc_variant(sk)->network;
	lf_flow_resume(cc->flow);
	lf_cc_begin(sk);
}

static void lf_cc_init(struct sock *sk)
{
	const struct lf_cc_variant *variant = lf_cc_variant(sk);
	struct lf_cc_priv *priv = inet_csk_ca(sk);
	struct lf_cc *cc;

	/* A socket that was under Reno when it was disconnected begins anew. */
	inet_csk(sk)->icsk_ca_ops = &variant->network;
	priv->cc = NULL;
	/* Softirq for passive opens. */
	cc = kmem_cache_zalloc(lf_cc_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!cc) {
		lf_app_fallback(lf_cc_aurora, LF_REASON_NO_MEMORY);
		lf_cc_fall_back(sk, LF_REASON_NO_MEMORY);
		return;
	}
	cc->mocc = lf_cc_objective(sk, variant->weight, cc->weight);
	cc->flow = lf_flow_start(lf_cc_app(cc), sock_net(sk)->ns.inum);
	if (!cc->flow) {
		kmem_cache_free(lf_cc_cache, cc);
		lf_cc_fall_back(sk, LF_REASON_NO_MEMORY);
		return;
	}
	priv->cc = cc;
	lf_aurora_init(&cc->aurora);
	if (lf_cc_ready(cc))
		lf_cc_begin(sk);
	else
		lf_cc_fall_back(sk, READ_ONCE(lf_cc_user_ms) ?
				    LF_REASON_NO_ANSWER :
				    LF_REASON_NO_SNAPSHOT);
}

/* May come without init, twice, and on a socket that is no tcp_sock. */
static void lf_cc_release(struct sock *sk)
{
	struct lf_cc_priv *priv = inet_csk_ca(sk);
	struct lf_cc *cc = priv->cc;

	if (!cc)
		return;
	priv->cc = NULL;
	lf_flow_end(cc->flow);
	kmem_cache_free(lf_cc_cache, cc);
}

static void LF_CONG_CONTROL(lf_cc_control)
{
	if (lf_cc(sk))
		lf_cc_ack(sk, rs);
}

/* The rate rules; the window only covers it. */
static u32 lf_cc_ssthresh(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	return lf_cc(sk) ? tp->snd_ssthresh : tcp_reno_ssthresh(sk);
}

static u32 lf_cc_undo_cwnd(struct sock *sk)
{
	return tcp_snd_cwnd(tcp_sk(sk));
}

/* As other pacing senders: room for what loss recovery needs as well. */
static u32 lf_cc_sndbuf_expand(struct sock *sk)
{
	return 3;
}

static void lf_cc_set_state(struct sock *sk, u8 state)
{
	if (state == TCP_CA_Loss && lf_cc(sk))
		lf_cc_timeout(sk);
}

static void lf_cc_cwnd_event(struct sock *sk, enum tcp_ca_event event)
{
	if (event == CA_EVENT_TX_START && lf_cc(sk))
		lf_cc_idle(sk, tcp_jiffies32 - tcp_sk(sk)->lsndtime);
}

/* ss -ti shows what it knows to read: bandwidth and least RTT, as BBR's. */
static size_t lf_cc_get_info(struct sock *sk, u32 ext, int *attr,
			     union tcp_cc_info *info)
{
	/* A diag request has no bit for BBR: as there, Vegas's stands for it. */
	u32 asked = 1 << (INET_DIAG_BBRINFO - 1) |
		    1 << (INET_DIAG_VEGASINFO - 1);
	const struct lf_cc *cc = lf_cc(sk);
	u64 bw;

	if (!cc || !(ext & asked))
		return 0;
	bw = lf_cc_bw(cc);
	memset(&info->bbr, 0, sizeof(info->bbr));
	info->bbr.bbr_bw_lo = (u32)bw;
	info->bbr.bbr_bw_hi = (u32)(bw >> 32);
	info->bbr.bbr_min_rtt = lf_aurora_base(&cc->aurora);
	info->bbr.bbr_pacing_gain = bw ? div64_u64(cc->rate << 8, bw) : 0;
	*attr = INET_DIAG_BBRINFO;
	return sizeof(info->bbr);
}

/* Reno for a while: see whether the time is over. */
static void lf_cc_reno_acked(struct sock *sk, const struct ack_sample *sample)
{
	struct lf_cc *cc = lf_cc(sk);

	if (!cc || time_before(jiffies, cc->resume) ||
	    inet_csk(sk)->icsk_ca_state != TCP_CA_Open)
		return;
	if (lf_cc_ready(cc))
		lf_cc_take_over(sk);
	else
		cc->resume = jiffies + HZ;
}

#define LF_CC_NETWORK(_name) {						\
	.init		= lf_cc_init,					\
	.release	= lf_cc_release,				\
	.cong_control	= lf_cc_control,				\
	.ssthresh	= lf_cc_ssthresh,				\
	.undo_cwnd	= lf_cc_undo_cwnd,				\
	.sndbuf_expand	= lf_cc_sndbuf_expand,				\
	.set_state	= lf_cc_set_state,				\
	.cwnd_event	= lf_cc_cwnd_event,				\
	.get_info	= lf_cc_get_info,				\
	.owner		= THIS_MODULE,					\
	.name		= _name,					\
}

#define LF_CC_RENO(_name) {						\
	.init		= lf_cc_init,					\
	.release	= lf_cc_release,				\
	.ssthresh	= tcp_reno_ssthresh,				\
	.cong_avoid	= tcp_reno_cong_avoid,				\
	.undo_cwnd	= tcp_reno_undo_cwnd,				\
	.pkts_acked	= lf_cc_reno_acked,				\
	.get_info	= lf_cc_get_info,				\
	.owner		= THIS_MODULE,					\
	.name		= _name,					\
}

static const s32 lf_cc_throughput[] = LF_MOCC_THROUGHPUT;
static const s32 lf_cc_latency[] = LF_MOCC_LATENCY;
static const s32 lf_cc_loss[] = LF_MOCC_LOSS;

static struct lf_cc_variant lf_cc_variants[LF_CC_VARIANTS] = {
	{
		.network	= LF_CC_NETWORK("liteflow"),
		.reno		= LF_CC_RENO("liteflow"),
	},
	{
		.network	= LF_CC_NETWORK("liteflow_thr"),
		.reno		= LF_CC_RENO("liteflow_thr"),
		.weight		= lf_cc_throughput,
	},
	{
		.network	= LF_CC_NETWORK("liteflow_lat"),
		.reno		= LF_CC_RENO("liteflow_lat"),
		.weight		= lf_cc_latency,
	},
	{
		.network	= LF_CC_NETWORK("liteflow_loss"),
		.reno		= LF_CC_RENO("liteflow_loss"),
		.weight		= lf_cc_loss,
	},
};

/* MOCC's weights and then Aurora's history. */
static struct lf_range lf_cc_inputs[LF_MOCC_INPUTS];

static const struct lf_range lf_cc_output = {
	.lo = -LF_AURORA_ACTION_MAX,
	.hi = LF_AURORA_ACTION_MAX,
};

static const struct lf_app_desc lf_cc_aurora_desc = {
	.name		= "cc",
	.owner		= THIS_MODULE,
	.n_in		= LF_AURORA_INPUTS,
	.n_out		= 1,
	.in		= lf_cc_inputs + LF_MOCC_WEIGHTS,
	.out		= &lf_cc_output,
	.record_len	= sizeof(struct lf_cc_record),
};

static const struct lf_app_desc lf_cc_mocc_desc = {
	.name		= "mocc",
	.owner		= THIS_MODULE,
	.n_in		= LF_MOCC_INPUTS,
	.n_out		= 1,
	.in		= lf_cc_inputs,
	.out		= &lf_cc_output,
	.n_weights	= LF_MOCC_WEIGHTS,
	.record_len	= sizeof(struct lf_cc_record),
};

static void __init lf_cc_set_ranges(void)
{
	static const struct lf_range feature[LF_AURORA_FEATURES] = {
		{ LF_AURORA_INFLATION_MIN, LF_AURORA_INFLATION_MAX },
		{ LF_AURORA_RATIO_MIN, LF_AURORA_RATIO_MAX },
		{ LF_AURORA_SEND_MIN, LF_AURORA_SEND_MAX },
	};
	int i;

	for (i = 0; i < LF_MOCC_WEIGHTS; i++)
		lf_cc_inputs[i] = (struct lf_range){ 0, LF_ONE };
	for (i = 0; i < LF_AURORA_INPUTS; i++)
		lf_cc_inputs[LF_MOCC_WEIGHTS + i] =
			feature[i % LF_AURORA_FEATURES];
}

static int __init lf_cc_register_apps(void)
{
	lf_cc_aurora = lf_app_register(&lf_cc_aurora_desc);
	if (IS_ERR(lf_cc_aurora))
		return PTR_ERR(lf_cc_aurora);
	lf_cc_mocc = lf_app_register(&lf_cc_mocc_desc);
	if (!IS_ERR(lf_cc_mocc))
		return 0;
	lf_app_unregister(lf_cc_aurora);
	return PTR_ERR(lf_cc_mocc);
}

static void lf_cc_unregister_apps(void)
{
	lf_app_unregister(lf_cc_mocc);
	lf_app_unregister(lf_cc_aurora);
}

/* The first n of them. */
static void lf_cc_unregister_variants(int n)
{
	while (n-- > 0)
		tcp_unregister_congestion_control(&lf_cc_variants[n].network);
}

static int __init lf_cc_register_variants(void)
{
	int i, err;

	for (i = 0; i < LF_CC_VARIANTS; i++) {
		err = tcp_register_congestion_control(&lf_cc_variants[i].network);
		if (err) {
			lf_cc_unregister_variants(i);
			return err;
		}
	}
	return 0;
}

static int __init lf_cc_module_init(void)
{
	int err;

	BUILD_BUG_ON(sizeof(struct lf_cc_priv) > ICSK_CA_PRIV_SIZE);
	lf_cc_set_ranges();
	lf_cc_cache = KMEM_CACHE(lf_cc, 0);
	if (!lf_cc_cache)
		return -ENOMEM;
	err = lf_cc_sysctl_init();
	if (err)
		goto err_cache;
	err = lf_cc_objective_init();
	if (err)
		goto err_sysctl;
	err = lf_cc_register_apps();
	if (err)
		goto err_objective;
	err = lf_cc_register_variants();
	if (err)
		goto err_apps;
	return 0;

err_apps:
	lf_cc_unregister_apps();
err_objective:
	lf_cc_objective_exit();
err_sysctl:
	lf_cc_sysctl_exit();
err_cache:
	kmem_cache_destroy(lf_cc_cache);
	return err;
}

static void __exit lf_cc_module_exit(void)
{
	lf_cc_unregister_variants(LF_CC_VARIANTS);
	lf_cc_unregister_apps();
	lf_cc_objective_exit();
	lf_cc_sysctl_exit();
	kmem_cache_destroy(lf_cc_cache);
}

module_init(lf_cc_module_init);
module_exit(lf_cc_module_exit);

MODULE_DESCRIPTION("LiteFlow congestion control");
MODULE_LICENSE("GPL");
MODULE_ALIAS("tcp_liteflow_thr");
MODULE_ALIAS("tcp_liteflow_lat");
MODULE_ALIAS("tcp_liteflow_loss");

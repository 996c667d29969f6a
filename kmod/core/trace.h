/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints liteflow:*; field names are stable. Application values Q16.16. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM liteflow

#if !defined(_LITEFLOW_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LITEFLOW_TRACE_H

#include <linux/tracepoint.h>

#include "../compat/compat.h"

TRACE_EVENT(liteflow_inference,

	TP_PROTO(const char *app, u64 flow, u64 snapshot, s32 mean, s32 out,
		 int err),

	TP_ARGS(app, flow, snapshot, mean, out, err),

	TP_STRUCT__entry(
		__string(app, app)
		__field(u64, flow)
		__field(u64, snapshot)
		__field(s32, mean)
		__field(s32, out)
		__field(int, err)
	),

	TP_fast_assign(
		lf_assign_str(app, app);
		__entry->flow = flow;
		__entry->snapshot = snapshot;
		__entry->mean = mean;
		__entry->out = out;
		__entry->err = err;
	),

	TP_printk("app=%s flow=%llu snapshot=%llu mean=%d out=%d err=%d",
		  __get_str(app), __entry->flow, __entry->snapshot,
		  __entry->mean, __entry->out, __entry->err)
);

TRACE_EVENT(liteflow_swap,

	TP_PROTO(const char *app, u64 snapshot, const char *name),

	TP_ARGS(app, snapshot, name),

	TP_STRUCT__entry(
		__string(app, app)
		__field(u64, snapshot)
		__string(name, name)
	),

	TP_fast_assign(
		lf_assign_str(app, app);
		__entry->snapshot = snapshot;
		lf_assign_str(name, name);
	),

	TP_printk("app=%s snapshot=%llu name=%s", __get_str(app),
		  __entry->snapshot, __get_str(name))
);

TRACE_EVENT(liteflow_fallback,

	TP_PROTO(const char *app, u64 flow, int reason),

	TP_ARGS(app, flow, reason),

	TP_STRUCT__entry(
		__string(app, app)
		__field(u64, flow)
		__field(int, reason)
	),

	TP_fast_assign(
		lf_assign_str(app, app);
		__entry->flow = flow;
		__entry->reason = reason;
	),

	TP_printk("app=%s flow=%llu reason=%d", __get_str(app), __entry->flow,
		  __entry->reason)
);

#endif /* _LITEFLOW_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

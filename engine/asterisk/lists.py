"""The lists of the templates: events the tracker needs, modules Asterisk loads, codes phones dial."""

from __future__ import annotations

from dataclasses import dataclass

# What `engine/ami` reads (ami.md 4.12); everything else is not sent, not parsed and not paid for.
EVENTS = (
    "Newchannel", "Newstate", "Hangup", "HangupRequest", "SoftHangupRequest", "Rename", "NewCallerid",
    "DialBegin", "DialEnd", "BridgeEnter", "BridgeLeave", "BridgeDestroy", "BridgeMerge", "Hold", "Unhold",
    "LocalBridge", "BlindTransfer", "AttendedTransfer", "Pickup", "ParkedCall", "UnParkedCall", "ParkedCallTimeOut",
    "ParkedCallGiveUp", "OriginateResponse",
    "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "AgentCalled", "AgentConnect", "AgentComplete",
    "AgentDump", "AgentRingNoAnswer", "QueueMemberStatus", "QueueMemberAdded", "QueueMemberRemoved",
    "QueueMemberPause", "QueueMemberPenalty", "DeviceStateChange", "ContactStatus", "UserEvent",
    "FullyBooted", "Shutdown",
)  # fmt: skip

MODULES = (
    "res_timing_timerfd.so", "res_sorcery_config.so", "res_sorcery_memory.so", "res_sorcery_astdb.so",
    "res_pjproject.so", "res_pjsip.so", "res_pjsip_session.so", "res_pjsip_sdp_rtp.so", "res_pjsip_caller_id.so",
    "res_pjsip_nat.so", "res_pjsip_acl.so", "res_pjsip_pubsub.so", "res_pjsip_authenticator_digest.so",
    "res_pjsip_outbound_authenticator_digest.so", "res_pjsip_registrar.so", "res_pjsip_outbound_registration.so",
    "res_pjsip_endpoint_identifier_ip.so", "res_pjsip_endpoint_identifier_user.so", "res_pjsip_dtmf_info.so",
    "res_pjsip_refer.so", "res_pjsip_rfc3326.so", "res_pjsip_diversion.so", "res_pjsip_logger.so",
    "res_pjsip_header_funcs.so",
    "res_rtp_asterisk.so", "res_musiconhold.so", "res_manager_devicestate.so", "res_parking.so",
    "chan_pjsip.so", "pbx_config.so",
    "bridge_simple.so", "bridge_native_rtp.so", "bridge_softmix.so", "bridge_holding.so",
    "bridge_builtin_features.so",
    "codec_alaw.so", "codec_ulaw.so", "codec_resample.so", "format_wav.so", "format_pcm.so", "format_sln.so",
    "app_dial.so", "app_queue.so", "app_playback.so", "app_userevent.so", "app_celgenuserevent.so", "app_stack.so",
    "app_read.so", "app_record.so", "app_mixmonitor.so", "app_verbose.so", "app_directed_pickup.so", "app_chanspy.so",
    "app_senddtmf.so",
    "func_callerid.so", "func_channel.so", "func_strings.so", "func_logic.so", "func_global.so", "func_timeout.so",
    "res_speech.so", "res_agi.so", "res_cdrel_custom.so", "cel_custom.so",
)  # fmt: skip


# What phones in a page need besides: SIP over WebSocket, and media under DTLS-SRTP.
WEB_MODULES = ("res_crypto.so", "res_srtp.so", "res_http_websocket.so", "res_pjsip_transport_websocket.so")

# Without these a call cannot come in: better no start than an Asterisk that looks alive.
REQUIRED = ("chan_pjsip.so", "app_queue.so", "pbx_config.so", "res_pjsip_endpoint_identifier_ip.so")


@dataclass(frozen=True, slots=True)
class Code:
    """A code a phone dials, which works with the engine dead. `duty`: by it one logs in (`on`) or `off`."""

    dial: str
    application: str
    reason: str
    prompt: str
    duty: str = ""


# Where members are static, logging off is a pause with its own reason; the engine reads the reasons (routing.md R13).
CODES = (
    Code("*41", "UnpauseQueueMember", "human:login", "agent-loginok", duty="on"),
    Code("*42", "PauseQueueMember", "human:logout", "agent-loggedoff", duty="off"),
    Code("*45", "PauseQueueMember", "human:break", "activated"),
    Code("*46", "UnpauseQueueMember", "human:back", "de-activated"),
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to dial an outside number, and the E.164 digits it means."""

    pattern: str
    number: str


# Digits only: nothing else of what a phone sends can reach a dial string.
OUTSIDE = (
    Spelling("_8NXXXXXXXXX", "7${EXTEN:1}"),
    Spelling("_7NXXXXXXXXX", "${EXTEN}"),
    Spelling("_NXXXXXXXXX", "7${EXTEN}"),
    Spelling("_810XXXXXXXX!", "${FILTER(0-9,${EXTEN:3})}"),
    Spelling("_+XXXXXXXXXX!", "${FILTER(0-9,${EXTEN:1})}"),
)

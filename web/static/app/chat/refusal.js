// Why something about a conversation was refused, in words.
import { has, t } from "../i18n.js";

export const refusal = (why) => t(has(`chat.refused.${why}`) ? `chat.refused.${why}` : "chat.refused.other");

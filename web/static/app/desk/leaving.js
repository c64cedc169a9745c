// What follows an order by which a request leaves my hands.
import { t } from "../i18n.js";
import { canAct } from "../live/link.js";
import { dropDraft } from "../memory.js";
import { toast } from "../parts/toast.js";
import { view } from "../view.js";

/** Why a button that needs the server does nothing now; undefined when it works. */
export const offlineWhy = () => (canAct.value ? undefined : t("refused.offline"));

/** Its draft goes with it, the view is free, a word says so; a refusal has been said, and everything stays. */
export async function leave(promise, request, word) {
  const answer = await promise;
  if (!answer.ok) return false;
  dropDraft(request.id);
  toast(word);
  if (view.value?.request === request.id) view.value = null;
  return true;
}

// The shapes of which a schema is made, for what the product sends to Slack.
import type { HomeView, KnownBlock, ModalView } from "@slack/types";

export interface Message {
  text: string;
  blocks: KnownBlock[];
}
export type Modal = ModalView;
export type Home = HomeView;

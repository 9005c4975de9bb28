// markdown-it finds bare addresses with linkify-it only when asked to; Kalauz's Markdown does not ask.
export default class LinkifyIt {}

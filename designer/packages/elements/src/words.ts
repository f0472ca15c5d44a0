// The few words the elements bring themselves; everything else comes from the server in the reader's language.

const words = {
  noMatch: ["没有找到", "No matches"],
  searching: ["正在查找…", "Searching…"],
  failed: ["没有成功，请再试一次", "That did not work. Please try again"],
  offline: ["连不上服务器，请检查网络", "The server cannot be reached. Check the network"],
  signedOut: ["登录已过期，请重新登录", "You have been signed out. Please sign in again"],
  forbidden: ["没有权限做这件事", "You are not allowed to do that"],
  changedByOther: ["已被其他人修改，请刷新后再试", "Someone else changed this. Reload and try again"],
  moved: ["已移到“{0}”", "Moved to “{0}”"],
  remove: ["移除 {0}", "Remove {0}"],
  tooLarge: ["“{0}”太大，未上传", "“{0}” is too large and was not uploaded"],
  uploading: ["正在上传 {0}", "Uploading {0}"],
  uploaded: ["已上传 {0}", "Uploaded {0}"],
  confirm: ["确定", "OK"],
  cancel: ["取消", "Cancel"],
  rowAdded: ["已添加第 {0} 行", "Row {0} added"],
  rowRemoved: ["已删除第 {0} 行", "Row {0} removed"],
  passkeyUnused: ["没有完成通行密钥验证，请再试一次", "The passkey was not used. Please try again"],
  passkeyKnown: ["这台设备已添加过通行密钥", "This device already has a passkey here"],
  chosen: ["已选 {0} 项", "{0} chosen"],
  results: ["{0} 个结果", "{0} results"],
} as const;

export type Word = keyof typeof words;

/** The word in the language of the page, with `{0}` replaced. */
export function say(word: Word, value = "", language = document.documentElement.lang): string {
  const [chinese, english] = words[word];
  return (language.toLowerCase().startsWith("zh") ? chinese : english).replace("{0}", () => value);
}
